/** HTTP client of one service, which counts unexpected responses instead of rejecting. */
import { Agent, request } from 'undici';

interface ClientResponse {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const TIMEOUT_MS = 60_000;
const JSON_TYPE = { 'content-type': 'application/json' };

export class LoadClient {
  /** Number of unexpected responses by method and status, or by error. */
  readonly failures = new Map<string, number>();
  private readonly dispatcher: Agent;

  constructor(
    private readonly url: string,
    connections: number,
  ) {
    this.dispatcher = new Agent({ connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Returns undefined if the response is not a 200. The body is compressed, unless `coding` is `identity`. */
  get(path: string, coding: 'br, gzip' | 'identity' = 'br, gzip'): Promise<ClientResponse | undefined> {
    return this.send('GET', path, 200, { 'accept-encoding': coding });
  }

  /** Delivers an event. Returns false if it is not accepted. */
  async post(eventId: string, body: string): Promise<boolean> {
    const headers = { ...JSON_TYPE, 'x-event-id': eventId };
    return (await this.send('POST', '/webhook', 202, headers, body)) !== undefined;
  }

  countFailure(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    expected: number,
    headers: Readonly<Record<string, string>>,
    body: string | null = null,
  ): Promise<ClientResponse | undefined> {
    try {
      const response = await request(this.url + path, { dispatcher: this.dispatcher, method, headers, body });
      const text = await response.body.text();
      if (response.statusCode === expected) return { headers: response.headers, body: text };
      this.countFailure(`${method} ${response.statusCode}`);
    } catch (error) {
      this.countFailure(`${method} ${error instanceof Error ? error.message : String(error)}`);
    }
    return undefined;
  }
}
