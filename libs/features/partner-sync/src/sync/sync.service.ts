/**
 * Synchronises the catalogue with the partner: reads pages from the stored position to the last one, and stores each
 * page atomically. After a crash, a run resumes at the last stored page. One process at a time holds the lease; if it
 * crashes, another process takes over within seconds. A paused process that lost its lease stores nothing more.
 */
import { randomUUID } from 'node:crypto';
import type { RejectedProduct } from '@catalogue';
import { PartnerClient, PartnerErrors, type ProductsPage } from '@integrations/partner';
import { Injectable, Logger } from '@nestjs/common';
import { ApplicationError } from '@platform/errors';
import { Clock } from '@platform/resilience';
import { SyncMetrics } from './sync-metrics.service';
import { SyncRun, type StoredBatch } from './sync-run.service';
import { syncPolicy } from './sync.policy';

export interface SyncRequest {
  /** Reads changes since this time instead of since the last run. The stored position does not change. */
  readonly sinceMs?: number | undefined;
  /** Skips the run if the last one was completed less than this time ago. */
  readonly minIntervalMs?: number;
  /** Stops the run after the page that is being stored. */
  readonly signal: AbortSignal;
  readonly onProgress: (read: number, total: number) => void;
  /** Receives the products that are invalid and therefore skipped. */
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

/** One run of the sync, while it holds the lease. */
interface RunContext {
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

  /**
   * Returns `busy` if another process runs the sync or has completed it within `minIntervalMs`. Throws PartnerErrors,
   * AuthErrors.
   */
  async run(request: SyncRequest): Promise<SyncSummary | 'busy'> {
    const owner = randomUUID();
    const lastPosition = await this.runs.begin(owner, request.minIntervalMs ?? 0);
    if (lastPosition === undefined) return 'busy';
    const stopRenewing = this.clock.every(syncPolicy.renewMs, () => void this.runs.renew(owner));
    let isComplete = false;
    try {
      const { sinceMs } = request;
      const cursor = sinceMs === undefined ? (lastPosition.nextCursor ?? undefined) : undefined;
      const summary = await this.syncPages({
        owner,
        request,
        start: { cursor, sinceMs, limit: this.partner.pageSize },
      });
      isComplete = !request.signal.aborted;
      return summary;
    } finally {
      stopRenewing();
      await this.runs.end(owner, isComplete);
    }
  }

  /** Reads and stores pages until the last one. A run since a given time does not change the stored position. */
  private async syncPages({ owner, request, start }: RunContext): Promise<SyncSummary> {
    const seenCursors = new Set<string>();
    let total = NOTHING;
    for (let position = start; ;) {
      const page = await this.read(position, start, request.signal);
      if (page === undefined) return total;
      if ('retryFrom' in page) {
        position = page.retryFrom;
        continue;
      }
      const batch = await this.runs.store(owner, page, request.sinceMs === undefined);
      batch.rejected.forEach(request.onRejected);
      total = this.count(total, page, batch);
      request.onProgress(total.read, total.read + (page.remaining ?? 0));
      if (!page.hasMore) return total;
      if (seenCursors.has(page.nextCursor))
        throw PartnerErrors.PARTNER_ANSWER_INVALID.create('a page cursor is repeated');
      seenCursors.add(page.nextCursor);
      position = { ...position, cursor: page.nextCursor };
    }
  }

  /**
   * Reads a page, or returns where to retry: at the beginning if the partner does not accept the first cursor of the
   * run, or with half the limit if the page is too large. Returns undefined if the run is aborted.
   */
  private async read(position: PageStart, start: PageStart, signal: AbortSignal) {
    try {
      signal.throwIfAborted();
      return await this.partner.listProducts(position, { signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      const code = error instanceof ApplicationError ? error.definition.code : undefined;
      if (code === PartnerErrors.PARTNER_CURSOR_UNKNOWN.code && position.cursor === start.cursor) {
        this.logger.warn('the partner does not accept the stored cursor; reading from the beginning');
        return { retryFrom: { ...position, cursor: undefined } };
      }
      if (code === PartnerErrors.PARTNER_ANSWER_TOO_LARGE.code && position.limit > 1)
        return { retryFrom: { ...position, limit: Math.floor(position.limit / 2) } };
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
