/** In-memory fakes of a partner with pages of products, and of the database that the syncing processes share. */
import { PartnerErrors, type PartnerClient, type ProductsPage } from '@integrations/partner';
import type { Failpoints } from '@platform/resilience';
import { TestClock } from '@testing/resilience';
import { Registry } from 'prom-client';
import { CatalogueWriter, type ChangeCounts } from '@catalogue';
import { SyncMetrics } from './sync-metrics.service';
import { SyncRun } from './sync-run.service';
import { SyncService, type SyncRequest } from './sync.service';
import type { SyncStateRepository } from './sync-state.repository';
import { syncPolicy } from './sync.policy';

interface PageRequest {
  readonly cursor?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
}

/** Product n is at position n; the cursor is the position of the next product. */
class FakePartner implements Pick<PartnerClient, 'listProducts' | 'pageSize'> {
  readonly pageSize = 100;
  products = 250;
  readonly requests: PageRequest[] = [];
  /** Maximum number of products in a page that is not too large. */
  maxPageSize = Infinity;
  /** Products that the catalogue rejects. */
  readonly invalid = new Set<number>();
  /** Cursors that the partner no longer accepts. */
  readonly unknownCursors = new Set<string>();
  isEndless = false;
  failure: Error | undefined;
  respondsAfterMs = 10;

  constructor(private readonly clock: TestClock) {}

  async listProducts(request: PageRequest, { signal }: { signal?: AbortSignal }): Promise<ProductsPage> {
    this.requests.push(request);
    await this.clock.sleep(this.respondsAfterMs, signal);
    if (this.failure !== undefined) throw this.failure;
    const { cursor = '0', limit } = request;
    if (this.unknownCursors.has(cursor)) throw PartnerErrors.PARTNER_CURSOR_UNKNOWN.create();
    if (limit > this.maxPageSize) throw PartnerErrors.PARTNER_ANSWER_TOO_LARGE.create();
    const begin = Number(cursor);
    const end = this.isEndless ? begin : Math.min(begin + limit, this.products);
    const data = Array.from({ length: end - begin }, (_, at) => this.product(begin + at));
    const hasMore = this.isEndless || end < this.products;
    return { data, nextCursor: String(end), hasMore, remaining: this.products - end };
  }

  private product(at: number) {
    const price = this.invalid.has(at) ? 12.345 : 12;
    const rest = {
      category: 'fruits',
      unit: 'kg',
      stock: 1,
      producer: 'Orchard',
      createdAt: '2026-10-02T05:11:09.000Z',
    };
    return { id: `product-${at}`, version: 1, name: `Product ${at}`, price, ...rest };
  }
}

/** The shared database: one row with the lease and the position, and the ids of the stored products. */
class FakeSyncDatabase {
  stored = new Set<string>();
  nextCursor: string | null = null;
  /** Errors of storing products, of storing the position, of the commit and of releasing the lease. */
  failures: { apply?: Error; advance?: Error; commit?: Error; finish?: Error } = {};
  storesAfterMs = 0;
  private owner: string | null = null;
  private leaseUntilMs = -Infinity;
  private finishedAtMs = -Infinity;

  constructor(private readonly clock: TestClock) {}

  readonly transactions = {
    runInTransaction: async (_deadlineMs: number, work: (manager: unknown) => Promise<unknown>) => {
      const before = { stored: new Set(this.stored), nextCursor: this.nextCursor };
      const result = await work({}).catch((error: unknown) => {
        Object.assign(this, before);
        throw error;
      });
      const hasStored = this.stored.size > before.stored.size;
      if (hasStored && this.failures.commit !== undefined) throw this.failures.commit;
      return result;
    },
    run: (_deadlineMs: number, work: (manager: unknown) => Promise<unknown>) => work(undefined),
  };

  readonly state: Pick<SyncStateRepository, 'acquireLease' | 'renewLease' | 'advance' | 'finish'> = {
    acquireLease: (_, owner, minIntervalMs) => {
      const nowMs = this.clock.nowMs();
      if (nowMs < this.leaseUntilMs || nowMs - minIntervalMs < this.finishedAtMs) return Promise.resolve(undefined);
      const position = { nextCursor: this.nextCursor };
      this.owner = owner;
      this.leaseUntilMs = nowMs + syncPolicy.leaseMs;
      return Promise.resolve(position);
    },
    renewLease: (_, owner) => {
      if (owner === this.owner) this.leaseUntilMs = this.clock.nowMs() + syncPolicy.leaseMs;
      return Promise.resolve(owner === this.owner);
    },
    advance: (_, owner, nextCursor) => {
      if (this.failures.advance !== undefined) return Promise.reject(this.failures.advance);
      if (owner === this.owner) this.nextCursor = nextCursor;
      return Promise.resolve();
    },
    finish: (_, owner, isComplete) => {
      if (this.failures.finish !== undefined) return Promise.reject(this.failures.finish);
      if (owner !== this.owner) return Promise.resolve();
      [this.owner, this.leaseUntilMs] = [null, -Infinity];
      if (isComplete) this.finishedAtMs = this.clock.nowMs();
      return Promise.resolve();
    },
  };

  readonly changes = {
    apply: async (_transaction: unknown, changes: readonly { externalId: string }[]): Promise<ChangeCounts> => {
      if (this.storesAfterMs > 0) await this.clock.sleep(this.storesAfterMs);
      if (this.failures.apply !== undefined) throw this.failures.apply;
      const added = changes.filter(({ externalId }) => !this.stored.has(externalId)).length;
      for (const { externalId } of changes) this.stored.add(externalId);
      const unchanged = changes.length - added;
      return { changed: added, removed: 0, unchanged, outdated: 0 };
    },
  };
}

/** Processes that share one partner and one database. */
export class FakeSync {
  readonly clock = new TestClock();
  readonly partner = new FakePartner(this.clock);
  readonly database = new FakeSyncDatabase(this.clock);
  readonly registry = new Registry();
  /** Announcement of changes by any of the processes. */
  readonly announce = jest.fn(() => Promise.resolve());
  /** Runs after each committed page. A promise that never settles simulates a process that was killed there. */
  afterPage = (): Promise<void> => Promise.resolve();
  private readonly metrics = new SyncMetrics(this.registry);

  /** Creates a process. A paused one does not renew its lease. */
  replica({ isPaused = false } = {}): SyncService {
    const clock = isPaused ? new PausedClock() : this.clock;
    const { transactions, state, changes } = this.database;
    const writer = new CatalogueWriter({ announce: this.announce } as never, undefined as never);
    const failpoints = { at: () => this.afterPage() } as unknown as Failpoints;
    const runs = new SyncRun(transactions as never, state, changes as never, writer, failpoints);
    return new SyncService(this.partner as unknown as PartnerClient, runs, this.metrics, clock);
  }
}

class PausedClock extends TestClock {
  override every(): () => void {
    return () => undefined;
  }
}

export function aRequest(request: Partial<SyncRequest> = {}): SyncRequest {
  const { signal } = new AbortController();
  return { signal, onProgress: () => undefined, onRejected: () => undefined, ...request };
}
