/**
 * Follows the partner's products: page by page from where it was left, each page stored whole, until there are no more.
 * Killed at any point it goes on there. One process at a time does it; another that is killed is followed within
 * seconds, and one that was taken for dead stores nothing more.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { PartnerClient, PartnerErrors, partnerPolicyFor, type ProductsPage } from '@integrations/partner';
import { ApplicationError } from '@platform/errors';
import type { RejectedProduct } from './sync-batch';
import { SyncMetrics } from './sync-metrics.service';
import { SyncRun, type StoredBatch } from './sync-run.service';

export interface SyncRequest {
  /** Changes from then on, instead of where the last run left. */
  readonly sinceMs?: number | undefined;
  /** Not where one was finished so recently. */
  readonly notWithinMs?: number;
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

interface Place {
  readonly cursor: string | undefined;
  readonly sinceMs: number | undefined;
  readonly limit: number;
}

@Injectable()
export class SyncService {
  private readonly logger = new Logger('Sync');

  constructor(
    private readonly partner: PartnerClient,
    private readonly runs: SyncRun,
    private readonly metrics: SyncMetrics,
  ) {}

  /** `busy`: another process is at it, or was a moment ago. Throws PartnerErrors, AuthErrors. */
  async run(request: SyncRequest): Promise<SyncSummary | 'busy'> {
    const owner = randomUUID();
    const place = await this.runs.begin(owner, request.notWithinMs ?? 0);
    if (place === undefined) return 'busy';
    const keeping = this.runs.keep(owner);
    let isComplete = false;
    try {
      const cursor = request.sinceMs === undefined ? (place.nextCursor ?? undefined) : undefined;
      const summary = await this.follow(owner, request, cursor);
      isComplete = !request.signal.aborted;
      return summary;
    } finally {
      clearInterval(keeping);
      await this.runs.end(owner, isComplete);
    }
  }

  private async follow(owner: string, request: SyncRequest, cursor: string | undefined): Promise<SyncSummary> {
    let total: SyncSummary = { read: 0, changed: 0, removed: 0, unchanged: 0, outdated: 0, rejected: 0 };
    let place: Place = { cursor, sinceMs: request.sinceMs, limit: partnerPolicyFor({}).pageSize };
    while (!request.signal.aborted) {
      const page = await this.read(place, request.signal);
      if ('insteadOf' in page) place = page.insteadOf;
      else {
        const batch = await this.runs.store(owner, page);
        batch.rejected.forEach(request.onRejected);
        total = this.count(total, page, batch);
        request.onProgress(total.read, total.read + (page.remaining ?? 0));
        if (!page.hasMore) break;
        if (page.nextCursor === place.cursor) throw PartnerErrors.PARTNER_ANSWER_INVALID.create('its pages do not end');
        place = { ...place, cursor: page.nextCursor };
      }
    }
    return total;
  }

  /** Or where to read instead: from the beginning when the partner has forgotten the place; less when it was too much. */
  private async read(place: Place, signal: AbortSignal): Promise<ProductsPage | { insteadOf: Place }> {
    try {
      return await this.partner.listProducts(place, { signal });
    } catch (error) {
      const code = error instanceof ApplicationError ? error.definition.code : undefined;
      if (code === PartnerErrors.PARTNER_CURSOR_UNKNOWN.code) {
        this.logger.warn('the partner does not know the place any more; reading from the beginning');
        return { insteadOf: { ...place, cursor: undefined } };
      }
      if (code === PartnerErrors.PARTNER_ANSWER_TOO_LARGE.code && place.limit > 1)
        return { insteadOf: { ...place, limit: Math.floor(place.limit / 2) } };
      throw error;
    }
  }

  private count(total: SyncSummary, { data }: ProductsPage, batch: StoredBatch): SyncSummary {
    const counts = {
      changed: batch.changed,
      removed: batch.removed,
      unchanged: batch.unchanged,
      outdated: batch.outdated,
      rejected: batch.rejected.length,
    };
    this.metrics.count(counts);
    const added = Object.entries(counts).map(([name, count]) => [name, total[name as keyof SyncSummary] + count]);
    return { read: total.read + data.length, ...Object.fromEntries(added) } as SyncSummary;
  }
}
