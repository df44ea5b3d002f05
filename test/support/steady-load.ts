/** Open-loop load: sends a mix of catalogue reads, events and invalid requests at a fixed rate. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

export interface Outcome {
  readonly atMs: number;
  readonly kind: string;
  /** Undefined if the connection failed. */
  readonly status: number | undefined;
  readonly tookMs: number;
}

interface RequestSpec {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const WORDS = ['tomato', 'okra', 'mango', 'milk', 'honey', 'rice', 'spinach', 'आम'];

export class SteadyLoad {
  readonly outcomes: Outcome[] = [];
  private readonly agent = new Agent({ connections: 64, headersTimeout: 20_000, bodyTimeout: 20_000 });
  private readonly inFlight = new Set<Promise<void>>();
  private sent = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly perSecond: number,
  ) {}

  /** Requests without a response or with a 5xx. */
  get failed(): Outcome[] {
    return this.outcomes.filter(({ status }) => status === undefined || status >= 500);
  }

  /** Sends requests for `durationMs` and waits for the last response. */
  async run(durationMs: number): Promise<void> {
    const startedMs = performance.now();
    for (let at = 0; performance.now() - startedMs < durationMs; at++) {
      await delay(Math.max(0, startedMs + (at * 1_000) / this.perSecond - performance.now()));
      const sending = this.send().finally(() => this.inFlight.delete(sending));
      this.inFlight.add(sending);
    }
    await Promise.all(this.inFlight);
    await this.agent.close();
  }

  private async send(): Promise<void> {
    const at = this.sent++;
    const [kind, { path, headers = {}, body }] = this.requestAt(at);
    const startedMs = performance.now();
    const method = body === undefined ? 'GET' : 'POST';
    const url = `${this.urls[at % this.urls.length]}${path}`;
    const status = await request(url, { method, headers, ...(body !== undefined && { body }), dispatcher: this.agent })
      .then(async (response) => {
        await response.body.dump();
        return response.statusCode;
      })
      .catch(() => undefined);
    this.outcomes.push({ atMs: Date.now(), kind, status, tookMs: performance.now() - startedMs });
  }

  /** Returns the kind and parameters of the request with this number. */
  private requestAt(at: number): [string, RequestSpec] {
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

function toEvent(eventId: string, body: object): RequestSpec {
  return {
    path: '/webhook',
    headers: { 'content-type': 'application/json', 'x-event-id': eventId },
    body: JSON.stringify(body),
  };
}
