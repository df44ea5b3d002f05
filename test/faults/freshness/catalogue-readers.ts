/** Clients that send random queries of the pool to random replicas, and record each response for the judge. */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { chanceFrom, type Chance } from '../../support/chance';
import type { CatalogueQuery } from './catalogue-query';
import type { Fleet, Slot } from './fleet';
import type { Read } from './freshness-judge';
import type { QueryPool } from './query-pool';

const READERS = 5;
const MAX_PAUSE_MS = 24;
/** Pause after a request to a killed replica. */
const RETRY_MS = 100;
/** Longer than a replica is stopped. */
const TIMEOUT_MS = 20_000;

export class CatalogueReaders {
  readonly reads: Read[] = [];
  /** Requests that failed because their replica was killed. */
  unanswered = 0;
  /** Equal bodies share one string. */
  private readonly bodies = new Map<string, string>();
  private readonly agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });

  constructor(
    private readonly fleet: Fleet,
    private readonly pool: QueryPool,
  ) {}

  async readUntil(isOver: () => boolean, seed: number): Promise<void> {
    const readers = Array.from({ length: READERS }, (_, at) => this.readAsOne(isOver, chanceFrom(seed + at)));
    await Promise.all(readers);
    await this.agent.close();
  }

  private async readAsOne(isOver: () => boolean, chance: Chance): Promise<void> {
    while (!isOver()) {
      const slot = this.fleet.pickForRead(chance);
      slot.inProgress += 1;
      const isAnswered = await this.read(this.pool.pick(chance), slot, chance).then(
        () => true,
        () => false,
      );
      slot.inProgress -= 1;
      if (!isAnswered) this.unanswered += 1;
      await delay(isAnswered ? chance() * MAX_PAUSE_MS : RETRY_MS);
    }
  }

  private async read(query: CatalogueQuery, { name, url }: Slot, chance: Chance): Promise<void> {
    const sentAtMs = performance.now();
    const { statusCode: status, headers, body: stream } = await request(url + query.path, { dispatcher: this.agent });
    const body = this.shared(await stream.text());
    const receivedAtMs = performance.now();
    const header = (field: string) => String(headers[field] ?? '');
    const [contentType, retryAfter, cacheStatus] = ['content-type', 'retry-after', 'cache-status'].map(header);
    this.reads.push({
      ...{ query, replica: name, sentAtMs, receivedAtMs, status, body },
      ...{ contentType: contentType!, retryAfter: retryAfter!, cacheStatus: cacheStatus! },
    });
    if (status === 200) this.pool.addCursorOf(query, body, chance);
  }

  private shared(body: string): string {
    const known = this.bodies.get(body);
    if (known === undefined) this.bodies.set(body, body);
    return known ?? body;
  }
}
