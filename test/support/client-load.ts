/** Load of eight clients with keep-alive; each sends one request at a time, and two of them send events. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

const CLIENTS = 8;
/** Limits the load to about 300 requests/s in total, which a freshly started process sustains on a busy machine. */
const PAUSE_MS = 25;

export class ClientLoad {
  private readonly agent = new Agent({ connections: CLIENTS });
  private readonly counts = new Map<string, number>();
  private readonly clients: Promise<void>[];
  private isEnding = false;
  private sent = 0;

  /** Starts the load immediately. */
  constructor(private readonly url: string) {
    this.clients = Array.from({ length: CLIENTS }, (_, at) => this.sendUntilEnd(at % 4 === 0));
  }

  /** Stops the load and returns the number of requests by outcome: status, status and problem code, or error. */
  async end(): Promise<ReadonlyMap<string, number>> {
    this.isEnding = true;
    await Promise.all(this.clients);
    await this.agent.close();
    return this.counts;
  }

  private async sendUntilEnd(isSender: boolean): Promise<void> {
    while (!this.isEnding) {
      const outcome = await (isSender ? this.post() : this.get()).catch((error: unknown) => String(error));
      this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
      await delay(PAUSE_MS);
    }
  }

  private async get(): Promise<string> {
    const url = `${this.url}/products?limit=${1 + (this.sent++ % 50)}`;
    const { statusCode, body } = await request(url, { dispatcher: this.agent });
    return toOutcome(statusCode, await body.text());
  }

  private async post(): Promise<string> {
    const { statusCode, body } = await request(`${this.url}/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-event-id': `load-${this.url}-${this.sent++}` },
      body: JSON.stringify({ event: 'test.count' }),
      dispatcher: this.agent,
    });
    return toOutcome(statusCode, await body.text());
  }
}

function toOutcome(status: number, body: string): string {
  return status < 500 ? String(status) : `${status} ${(JSON.parse(body) as { code: string }).code}`;
}
