/** The sandbox as a process of its own, and a test's hands on its dials. */
import type { Fault } from '../../apps/sandbox/src/faults';
import type { Target } from '../../apps/sandbox/src/targets';
import type { Sending } from '../../apps/sandbox/src/webhook-sender';
import type { Order, OrderLine, PartnerProduct } from '../../apps/sandbox/src/world';
import { firstAnswer, start, type Running } from './processes';
import { freePort } from './servers';

interface SeenRequest {
  readonly target: Target;
  readonly method: string;
  readonly url: string;
  readonly atMs: number;
  readonly status?: number;
  readonly abandonedAtMs?: number;
  readonly idempotencyKey?: string;
  readonly traceparent?: string;
}

interface Seen {
  readonly counts: Partial<Record<Target, number>>;
  readonly connections: number;
  readonly requests: readonly SeenRequest[];
}

export class Sandbox {
  private constructor(
    readonly url: string,
    private readonly port: number,
    private readonly options: readonly string[],
    private running: Running,
  ) {}

  /** Options as of `npm run sandbox`. */
  static async start(...options: string[]): Promise<Sandbox> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return new Sandbox(url, port, options, await launch(url, port, options));
  }

  /** How a service finds it. */
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

  /** On the same port, another world. */
  async restart(): Promise<void> {
    this.running = await launch(this.url, this.port, this.options);
  }

  dial(target: Target, fault: Fault): Promise<unknown> {
    return this.ask('PUT', `faults/${target}`, fault);
  }

  mend(): Promise<unknown> {
    return this.ask('DELETE', 'faults');
  }

  set(settings: { tokenSeconds?: number; clientSecret?: string; duplicates?: number }): Promise<unknown> {
    return this.ask('PATCH', 'settings', settings);
  }

  revokeTokens(): Promise<unknown> {
    return this.ask('DELETE', 'tokens');
  }

  async givenTokens(): Promise<string[]> {
    return ((await this.ask('GET', 'tokens')) as { tokens: string[] }).tokens;
  }

  /** What was asked since the last time it was forgotten. */
  seen(): Promise<Seen> {
    return this.ask('GET', 'requests') as Promise<Seen>;
  }

  async count(target: Target): Promise<number> {
    return (await this.seen()).counts[target] ?? 0;
  }

  forget(): Promise<unknown> {
    return this.ask('DELETE', 'requests');
  }

  async change(id: string, fields: Partial<PartnerProduct>): Promise<PartnerProduct> {
    return ((await this.ask('PATCH', `products/${id}`, fields)) as { product: PartnerProduct }).product;
  }

  remove(id: string): Promise<unknown> {
    return this.ask('DELETE', `products/${id}`);
  }

  async order(...lines: OrderLine[]): Promise<Order> {
    return ((await this.ask('POST', 'orders', { lines })) as { order: Order }).order;
  }

  async subscriptions(): Promise<{ id: string; url: string }[]> {
    return ((await this.ask('GET', '')) as { subscriptions: { id: string; url: string }[] }).subscriptions;
  }

  loseSubscriptions(): Promise<unknown> {
    return this.ask('DELETE', 'subscriptions');
  }

  async sendings(): Promise<Sending[]> {
    return ((await this.ask('GET', 'webhooks')) as { sendings: Sending[] }).sendings;
  }

  /** All of them, as a client reads them. */
  async *products(): AsyncGenerator<PartnerProduct> {
    const credentials = Buffer.from('farmlokal:not-a-secret').toString('base64');
    const grant = await fetch(`${this.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await grant.json()) as { access_token: string };
    for (let query = 'limit=1000', hasMore = true; hasMore;) {
      const answer = await fetch(`${this.url}/products?${query}`, { headers: { authorization: `Bearer ${token}` } });
      const page = (await answer.json()) as { data: PartnerProduct[]; nextCursor: string; hasMore: boolean };
      yield* page.data;
      query = `limit=1000&cursor=${page.nextCursor}`;
      hasMore = page.hasMore;
    }
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/sandbox${path && `/${path}`}`, {
      method,
      headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
}

async function launch(url: string, port: number, options: readonly string[]): Promise<Running> {
  const running = start('sandbox', ['--port', String(port), ...options], {}, '.');
  await firstAnswer(`${url}/sandbox`, running);
  return running;
}
