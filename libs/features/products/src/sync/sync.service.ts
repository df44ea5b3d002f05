/**
 * Follows the partner's products: page by page from where it was left, each page stored whole, until there are no more.
 * Killed at any point it goes on there. One process at a time does it; another that is killed is followed within
 * seconds, and one that was taken for dead stores nothing more.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { PartnerClient, PartnerErrors, type ProductsPage } from '@integrations/partner';
import { ApplicationError } from '@platform/errors';
import { Clock } from '@platform/resilience';
import type { RejectedProduct } from '../changes/partner-changes';
import { SyncMetrics } from './sync-metrics.service';
import { SyncRun, type StoredBatch } from './sync-run.service';
import { syncPolicy } from './sync.policy';

export interface SyncRequest {
  /** Changes from then on, instead of those since the last run, whose place stays where it is. */
  readonly sinceMs?: number | undefined;
  /** Not where one was finished so recently. */
  readonly minIntervalMs?: number;
  /** Ends it after the page that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (read: number, total: number) => void;
  /** A product of the partner's that cannot be used is passed over. */
  readonly onRejected: (product: RejectedProduct) => void;
}

export interface SyncSummary {
  readonly read: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly outdated: number;
  readonly rejected: number;
}

interface PageStart {
  readonly cursor: string | undefined;
  readonly sinceMs: number | undefined;
  readonly limit: number;
}

/** A run, from the lease to its end. */
interface Following {
  readonly owner: string;
  readonly request: SyncRequest;
  readonly start: PageStart;
}

const NOTHING: SyncSummary = { read: 0, changed: 0, removed: 0, unchanged: 0, outdated: 0, rejected: 0 };

@Injectable()
export class SyncService {
  private readonly logger = new Logger('Sync');

  constructor(
    private readonly partner: PartnerClient,
    private readonly runs: SyncRun,
    private readonly metrics: SyncMetrics,
    private readonly clock: Clock,
  ) {}

  /** `busy`: another process is at it, or was a moment ago. Throws PartnerErrors, AuthErrors. */
  async run(request: SyncRequest): Promise<SyncSummary | 'busy'> {
    const owner = randomUUID();
    const left = await this.runs.begin(owner, request.minIntervalMs ?? 0);
    if (left === undefined) return 'busy';
    const stopRenewing = this.clock.every(syncPolicy.renewMs, () => void this.runs.renew(owner));
    let isComplete = false;
    try {
      const { sinceMs } = request;
      const cursor = sinceMs === undefined ? (left.nextCursor ?? undefined) : undefined;
      const summary = await this.follow({ owner, request, start: { cursor, sinceMs, limit: this.partner.pageSize } });
      isComplete = !request.signal.aborted;
      return summary;
    } finally {
      stopRenewing();
      await this.runs.end(owner, isComplete);
    }
  }

  /** What was asked for by its time leaves the place of the others as it is. */
  private async follow({ owner, request, start }: Following): Promise<SyncSummary> {
    const read = new Set<string>();
    let total = NOTHING;
    for (let place = start; ;) {
      const page = await this.read(place, start, request.signal);
      if (page === undefined) return total;
      if ('insteadOf' in page) {
        place = page.insteadOf;
        continue;
      }
      const batch = await this.runs.store(owner, page, request.sinceMs === undefined);
      batch.rejected.forEach(request.onRejected);
      total = this.count(total, page, batch);
      request.onProgress(total.read, total.read + (page.remaining ?? 0));
      if (!page.hasMore) return total;
      if (read.has(page.nextCursor)) throw PartnerErrors.PARTNER_ANSWER_INVALID.create('its pages do not end');
      read.add(page.nextCursor);
      place = { ...place, cursor: page.nextCursor };
    }
  }

  /**
   * Or where to read instead: from the beginning when the partner has forgotten where the run began; less when it was too
   * much. Undefined when the run is to end.
   */
  private async read(place: PageStart, start: PageStart, signal: AbortSignal) {
    try {
      signal.throwIfAborted();
      return await this.partner.listProducts(place, { signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      const code = error instanceof ApplicationError ? error.definition.code : undefined;
      if (code === PartnerErrors.PARTNER_CURSOR_UNKNOWN.code && place.cursor === start.cursor) {
        this.logger.warn('the partner does not know the place any more; reading from the beginning');
        return { insteadOf: { ...place, cursor: undefined } };
      }
      if (code === PartnerErrors.PARTNER_ANSWER_TOO_LARGE.code && place.limit > 1)
        return { insteadOf: { ...place, limit: Math.floor(place.limit / 2) } };
      throw error;
    }
  }

  private count(total: SyncSummary, { data }: ProductsPage, batch: StoredBatch): SyncSummary {
    const { changed, removed, unchanged, outdated } = batch;
    const rejected = batch.rejected.length;
    this.metrics.count({ changed, removed, unchanged, outdated, rejected });
    return {
      read: total.read + data.length,
      changed: total.changed + changed,
      removed: total.removed + removed,
      unchanged: total.unchanged + unchanged,
      outdated: total.outdated + outdated,
      rejected: total.rejected + rejected,
    };
  }
}
