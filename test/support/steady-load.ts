/** Requests at a fixed rate, whatever becomes of them: what apps, senders of events and clumsy clients ask for. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

export interface Seen {
  readonly atMs: number;
  readonly what: string;
  /** Undefined where the connection failed. */
  readonly status: number | undefined;
  readonly tookMs: number;
}

interface Ask {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const WORDS = ['tomato', 'okra', 'mango', 'milk', 'honey', 'rice', 'spinach', 'आम'];

export class SteadyLoad {
  readonly seen: Seen[] = [];
  private readonly agent = new Agent({ connections: 64, headersTimeout: 20_000, bodyTimeout: 20_000 });
  private readonly underWay = new Set<Promise<void>>();
  private sent = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly perSecond: number,
  ) {}

  /** No answer at all, or a 5xx. */
  get failed(): Seen[] {
    return this.seen.filter(({ status }) => status === undefined || status >= 500);
  }

  /** Until the time is over and the last answer has come. */
  async run(durationMs: number): Promise<void> {
    const beganMs = performance.now();
    for (let at = 0; performance.now() - beganMs < durationMs; at++) {
      await delay(Math.max(0, beganMs + (at * 1_000) / this.perSecond - performance.now()));
      const asking = this.ask().finally(() => this.underWay.delete(asking));
      this.underWay.add(asking);
    }
    await Promise.all(this.underWay);
    await this.agent.close();
  }

  private async ask(): Promise<void> {
    const at = this.sent++;
    const [what, { path, headers = {}, body }] = this.draw(at);
    const startedMs = performance.now();
    const method = body === undefined ? 'GET' : 'POST';
    const url = `${this.urls[at % this.urls.length]}${path}`;
    const status = await request(url, { method, headers, ...(body !== undefined && { body }), dispatcher: this.agent })
      .then(async (answer) => {
        await answer.body.dump();
        return answer.statusCode;
      })
      .catch(() => undefined);
    this.seen.push({ atMs: Date.now(), what, status, tookMs: performance.now() - startedMs });
  }

  /** By turns, each with what differs from time to time. */
  private draw(at: number): [string, Ask] {
    const word = WORDS[at % WORDS.length]!;
    const id = 1 + (at % 900);
    switch (at % 10) {
      case 0:
        return ['page', { path: `/products?page=${1 + (at % 40)}` }];
      case 1:
        return ['search', { path: `/products?search=${encodeURIComponent(word)}&sort=price&limit=${1 + (at % 50)}` }];
      case 2:
        return ['near', { path: `/products?near=19.9${at % 10},73.7${at % 10}&radiusKm=40&sort=distance` }];
      case 3:
        return ['product', { path: `/products/${id}`, headers: { 'accept-encoding': 'br' } }];
      case 4:
        return ['categories', { path: '/categories' }];
      case 5:
        return ['availability', { path: `/products/${id}/availability` }];
      case 6:
        return ['mistake', { path: `/products?limit=0&sorted=${word}` }];
      case 7:
        return ['metrics', { path: '/metrics', headers: { accept: 'text/plain' } }];
      case 8:
        return ['order', toEvent(`order-${at}`, { event: 'order.updated', id })];
      default:
        return [
          'stock',
          toEvent(`stock-${at}`, {
            event: 'stock.updated',
            id: toExternalId(id),
            version: at,
            data: { stock: at % 90 },
          }),
        ];
    }
  }
}

function toExternalId(id: number): string {
  return `demo-${String(id).padStart(9, '0')}`;
}

function toEvent(eventId: string, body: object): Ask {
  return {
    path: '/webhook',
    headers: { 'content-type': 'application/json', 'x-event-id': eventId },
    body: JSON.stringify(body),
  };
}
