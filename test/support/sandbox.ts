/** The sandbox in its own process, with methods for its control API. */
import type { Fault } from '../../apps/sandbox/src/faults';
import type { Order, OrderLine, PartnerProduct } from '../../apps/sandbox/src/partner-state';
import type { Target } from '../../apps/sandbox/src/targets';
import type { Sending } from '../../apps/sandbox/src/webhook-sender';
import { firstResponse, start, type Running } from './processes';
import { freePort } from './servers/servers';

interface LoggedRequest {
  readonly target: Target;
  readonly method: string;
  readonly url: string;
  readonly atMs: number;
  readonly status?: number;
  readonly abandonedAtMs?: number;
  readonly idempotencyKey?: string;
  readonly traceparent?: string;
}

interface RequestLog {
  readonly counts: Partial<Record<Target, number>>;
  readonly connections: number;
  readonly requests: readonly LoggedRequest[];
}

export class Sandbox {
  private constructor(
    readonly url: string,
    private readonly port: number,
    private readonly options: readonly string[],
    private running: Running,
  ) {}

  /** Starts a sandbox with options of `npm run sandbox`. */
  static async start(...options: string[]): Promise<Sandbox> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return new Sandbox(url, port, options, await launch(url, port, options));
  }

  /** Environment of a service that uses this sandbox. */
  get environment(): Readonly<Record<string, string>> {
    return {
      OAUTH_URL: `${this.url}/oauth/token`,
      OAUTH_CLIENT_ID: 'farmlokal',
      OAUTH_CLIENT_SECRET: 'not-a-secret',
      PARTNER_API_URL: this.url,
      SYNC_EVERY_SECONDS: '0',
    };
  }

  async stop(): Promise<void> {
    this.running.child.kill('SIGKILL');
    await this.running.finished;
  }

  /** Starts a new sandbox with fresh data on the same port. */
  async restart(): Promise<void> {
    this.running = await launch(this.url, this.port, this.options);
  }

  inject(target: Target, fault: Fault): Promise<unknown> {
    return this.call('PUT', `faults/${target}`, fault);
  }

  clearFaults(): Promise<unknown> {
    return this.call('DELETE', 'faults');
  }

  configure(settings: { tokenSeconds?: number; clientSecret?: string; duplicates?: number }): Promise<unknown> {
    return this.call('PATCH', 'settings', settings);
  }

  revokeTokens(): Promise<unknown> {
    return this.call('DELETE', 'tokens');
  }

  async issuedTokens(): Promise<string[]> {
    return ((await this.call('GET', 'tokens')) as { tokens: string[] }).tokens;
  }

  /** Returns the requests since the last `clearRequestLog`. */
  requestLog(): Promise<RequestLog> {
    return this.call('GET', 'requests') as Promise<RequestLog>;
  }

  async count(target: Target): Promise<number> {
    return (await this.requestLog()).counts[target] ?? 0;
  }

  clearRequestLog(): Promise<unknown> {
    return this.call('DELETE', 'requests');
  }

  async change(id: string, fields: Partial<PartnerProduct>): Promise<PartnerProduct> {
    return ((await this.call('PATCH', `products/${id}`, fields)) as { product: PartnerProduct }).product;
  }

  remove(id: string): Promise<unknown> {
    return this.call('DELETE', `products/${id}`);
  }

  async order(...lines: OrderLine[]): Promise<Order> {
    return ((await this.call('POST', 'orders', { lines })) as { order: Order }).order;
  }

  async subscriptions(): Promise<{ id: string; url: string }[]> {
    return ((await this.call('GET', '')) as { subscriptions: { id: string; url: string }[] }).subscriptions;
  }

  deleteSubscriptions(): Promise<unknown> {
    return this.call('DELETE', 'subscriptions');
  }

  async deliveries(): Promise<Sending[]> {
    return ((await this.call('GET', 'webhooks')) as { sendings: Sending[] }).sendings;
  }

  /** Reads all products page by page, as a client does. */
  async *products(): AsyncGenerator<PartnerProduct> {
    const credentials = Buffer.from('farmlokal:not-a-secret').toString('base64');
    const grant = await fetch(`${this.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await grant.json()) as { access_token: string };
    for (let query = 'limit=1000', hasMore = true; hasMore;) {
      const response = await fetch(`${this.url}/products?${query}`, { headers: { authorization: `Bearer ${token}` } });
      const page = (await response.json()) as { data: PartnerProduct[]; nextCursor: string; hasMore: boolean };
      yield* page.data;
      query = `limit=1000&cursor=${page.nextCursor}`;
      hasMore = page.hasMore;
    }
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/sandbox${path && `/${path}`}`, {
      method,
      headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }
}

async function launch(url: string, port: number, options: readonly string[]): Promise<Running> {
  const running = start('sandbox', ['--port', String(port), ...options], {}, '.');
  await firstResponse(`${url}/sandbox`, running);
  return running;
}
