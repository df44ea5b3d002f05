/**
 * Reads a page: plans each of its parts, reads it, and takes the next best way where the planned one runs into its
 * time limit. What was chosen, why and what came of it is logged at `debug`.
 */
import { Injectable, Logger } from '@nestjs/common';
import { inSpan } from '@platform/tracing';
import type { SeekPosition, ProductListing, ProductRow } from '../product-listing';
import type { ReadSession } from '../catalogue.reader';
import { allowsPlanFallback } from '../read-failures';
import type { AccessPath } from './cost-estimate';
import { PlannerStatisticsService } from './planner-statistics.service';
import type { SegmentRows } from './index-segment.reader';
import { SegmentReader } from './segment.reader';
import { segmentsOf, type Segment } from './segment';
import { ReadMetrics } from './read-metrics.service';
import { planSegment, type PlanCandidate, type QueryPlan } from './query-plan';

export interface ListRows {
  /** In the order they were read, one more than the page holds where the list goes on. */
  readonly rows: readonly ProductRow[];
  /** How many products the whole list has, where reading the page has told. */
  readonly matches: number | undefined;
  /** The ways by which they were read, in the order they were gone. */
  readonly paths: readonly AccessPath[];
}

interface Reading {
  readonly segment: Segment;
  readonly plan: QueryPlan;
  readonly session: ReadSession;
}

/** Of the statements of the planned way; another way then has as long again. */
const PLANNED_LIMIT_MS = 1_000;
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
    let passed = 0;
    for (const segment of segments) {
      const offset = Math.max(0, segment.offset - passed);
      const read = await this.readSegment({ ...segment, offset, limit: segment.limit - rows.length }, session);
      rows.push(...read.rows);
      paths.push(read.path);
      matches = matches === undefined || read.matches === undefined ? undefined : matches + read.matches;
      const isLast = segment === segments.at(-1);
      if (!isLast && rows.length === segment.limit) return { rows, paths, matches: undefined };
      if (!isLast && rows.length === 0 && offset > 0) passed += read.matches ?? (await this.count(segment, session));
      else passed = segment.offset;
    }
    const isWholeList = segments.length === segmentsOf(listing, undefined).length; // a cursor may begin in the second part
    return { rows, paths, matches: isWholeList ? matches : undefined };
  }

  /** How many products match; undefined where counting them takes too long. */
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

  /** How many products match, about; undefined while nothing is known of the catalogue. */
  estimate({ filter }: ProductListing): number | undefined {
    const { sample } = this.statistics.current();
    return sample?.expected(sample.match(filter));
  }

  private async readSegment(
    segment: Segment,
    session: ReadSession,
  ): Promise<SegmentRows & { readonly path: AccessPath }> {
    const plan = planSegment(segment, this.statistics.current());
    const [planned, other] = plan.candidates;
    if (planned === undefined) throw new Error('there is no way to read the list');
    try {
      return await this.readBy(planned, { segment, plan, session });
    } catch (error) {
      if (other === undefined || !allowsPlanFallback(error)) throw error;
      this.metrics.countPlanFallback(planned.path);
      this.logger.warn({ msg: `The planned ${planned.path} failed; trying ${other.path}`, segment });
      return this.readBy(other, { segment, plan, session });
    }
  }

  private async readBy({ path, rows: expectedRows, costMs }: PlanCandidate, { segment, plan, session }: Reading) {
    const startedMs = performance.now();
    let read: SegmentRows | undefined;
    try {
      const work = () => this.segments.read({ segment, path, session: session.withTimeLimit(PLANNED_LIMIT_MS) });
      read = await inSpan('read list', { attributes: { 'farmlokal.plan': path } }, work);
      return { ...read, path };
    } finally {
      const tookMs = performance.now() - startedMs;
      this.metrics.observe(path, read === undefined ? 'failed' : 'read', tookMs, expectedRows);
      const { expected } = plan;
      const gave = { rows: read?.rows.length, matches: read?.matches };
      this.logger.debug({ path, expected, expectedRows, costMs, ...gave, tookMs, segment });
    }
  }
}
