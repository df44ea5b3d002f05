/**
 * Reads a page: plans each of its segments (query-plan.ts) and reads it along the planned path (segment.reader.ts;
 * usually index-segment.reader.ts). If the planned path exceeds its time limit or is unavailable, the second-best path
 * is tried (plan fallback). Each path, its estimates and its result are logged at `debug`.
 */
import type { ReadSession } from '@catalogue';
import { Injectable, Logger } from '@nestjs/common';
import { inSpan } from '@platform/tracing';
import { conditionsOf } from '../filters/product-filters';
import { PlannerStatisticsService } from '../plan/planner-statistics.service';
import { planSegment, type PlanCandidate, type QueryPlan } from '../plan/query-plan';
import type { AccessPath } from '../query/access-path';
import type { ProductListing, ProductRow, SeekPosition } from '../query/product-listing';
import { segmentsOf, type Segment } from '../query/segment';
import type { SegmentRows } from '../read/index-segment.reader';
import { allowsPlanFallback } from '../read/path-abandonment';
import { ReadMetrics } from '../read/read-metrics.service';
import { SegmentReader } from '../read/segment.reader';

export interface ListRows {
  /** In reading order; one more than the page holds if the list continues. */
  readonly rows: readonly ProductRow[];
  /** Number of products in the whole list, if reading the page determined it. */
  readonly matches: number | undefined;
  /** Access paths of the segments, in reading order. */
  readonly paths: readonly AccessPath[];
}

interface PlannedSegment {
  readonly segment: Segment;
  readonly plan: QueryPlan;
  readonly session: ReadSession;
}

/** Time limit for each statement of the planned path; the fallback path has the same limit. */
const READ_LIMIT_MS = 1_000;
const COUNT_LIMIT_MS = 2_000;

@Injectable()
export class ProductListReader {
  private readonly logger = new Logger('Catalogue');

  constructor(
    private readonly statistics: PlannerStatisticsService,
    private readonly segments: SegmentReader,
    private readonly metrics: ReadMetrics,
  ) {}

  async read(listing: ProductListing, start: SeekPosition | undefined, session: ReadSession): Promise<ListRows> {
    const rows: ProductRow[] = [];
    const paths: AccessPath[] = [];
    const segments = segmentsOf(listing, start);
    let matches: number | undefined = 0;
    let skipped = 0;
    for (const segment of segments) {
      const offset = Math.max(0, segment.offset - skipped);
      const read = await this.readSegment({ ...segment, offset, limit: segment.limit - rows.length }, session);
      rows.push(...read.rows);
      paths.push(read.path);
      matches = matches === undefined || read.matches === undefined ? undefined : matches + read.matches;
      const isLast = segment === segments.at(-1);
      if (!isLast && rows.length === segment.limit) return { rows, paths, matches: undefined };
      if (!isLast && rows.length === 0 && offset > 0) skipped += read.matches ?? (await this.count(segment, session));
      else skipped = segment.offset;
    }
    const isWholeList = segments.length === segmentsOf(listing, undefined).length; // a cursor may skip the first one
    return { rows, paths, matches: isWholeList ? matches : undefined };
  }

  /** Counts the matching products; returns undefined if that takes too long. */
  async countInTime(listing: ProductListing, session: ReadSession): Promise<number | undefined> {
    const [segment] = segmentsOf({ ...listing, sort: 'createdAt' }, undefined);
    try {
      return segment && (await this.count(segment, session));
    } catch (error) {
      if (allowsPlanFallback(error)) return undefined;
      throw error;
    }
  }

  private async count(segment: Segment, session: ReadSession): Promise<number> {
    const { candidates } = planSegment(segment, this.statistics.current());
    const hasIndex = candidates.some(({ path }) => path === 'search-index');
    return this.segments.count(segment, hasIndex, session.withTimeLimit(COUNT_LIMIT_MS));
  }

  /** Estimated number of matching products; undefined until the catalogue is sampled. */
  estimate({ filter }: ProductListing): number | undefined {
    const { sample } = this.statistics.current();
    return sample?.expected(sample.match(conditionsOf(filter)));
  }

  private async readSegment(
    segment: Segment,
    session: ReadSession,
  ): Promise<SegmentRows & { readonly path: AccessPath }> {
    const plan = planSegment(segment, this.statistics.current());
    const [planned, fallback] = plan.candidates;
    if (planned === undefined) throw new Error('No access path can read this segment');
    try {
      return await this.readBy(planned, { segment, plan, session });
    } catch (error) {
      if (fallback === undefined || !allowsPlanFallback(error)) throw error;
      this.metrics.countPlanFallback(planned.path);
      this.logger.warn({ msg: `Access path ${planned.path} failed; falling back to ${fallback.path}`, segment });
      return this.readBy(fallback, { segment, plan, session });
    }
  }

  private async readBy(
    { path, rows: expectedRows, costMs }: PlanCandidate,
    { segment, plan, session }: PlannedSegment,
  ) {
    const startedMs = performance.now();
    let read: SegmentRows | undefined;
    try {
      const readSegment = () => this.segments.read({ segment, path, session: session.withTimeLimit(READ_LIMIT_MS) });
      read = await inSpan('read list', { attributes: { 'farmlokal.plan': path } }, readSegment);
      return { ...read, path };
    } finally {
      const tookMs = performance.now() - startedMs;
      this.metrics.observe(path, read === undefined ? 'failed' : 'read', tookMs, expectedRows);
      const { expected } = plan;
      const result = { rows: read?.rows.length, matches: read?.matches };
      this.logger.debug({ path, expected, expectedRows, costMs, ...result, tookMs, segment });
    }
  }
}
