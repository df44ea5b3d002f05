/**
 * Explains how a list is read: each access path with its estimated cost, the planned one, and what each path does: its
 * statements, their query plans on the server, the rows examined and the time taken.
 */
import type { ReadSession } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { parseQueryString } from '@platform/http';
import { DataSource, type QueryRunner } from 'typeorm';
import { CursorKeyRepository } from '../list/cursor-key.repository';
import { decodeCursor } from '../list/product-cursor';
import { PlannerStatisticsService } from '../plan/planner-statistics.service';
import { planSegment, type PlanCandidate, type QueryPlan } from '../plan/query-plan';
import { segmentsOf, type Segment } from '../query/segment';
import { abandonmentOf } from '../read/path-abandonment';
import { SegmentReader, type ReadRequest } from '../read/segment.reader';
import { ListProductsQuery, toListing } from './list-products.query';

interface ExplainedStatement {
  readonly statement: SqlFragment;
  /** Query plan of the server. */
  readonly plan: string;
  /** Rows and index entries that the server examined; undefined if it does not report them. */
  readonly examined: number | undefined;
  readonly tookMs: number;
}

/** Measured with a warm index cache, as in a service that has run for a while. */
export interface ExplainedPath {
  readonly candidate: PlanCandidate;
  readonly statements: readonly ExplainedStatement[];
  readonly rows: number;
  /** Reason why the path was abandoned instead of returning rows. */
  readonly abandoned: string | undefined;
  /** Duration of the statements and of the work in memory. */
  readonly tookMs: number;
}

export interface ExplainedSegment {
  readonly segment: Segment;
  readonly plan: QueryPlan;
  /** The planned path comes first. */
  readonly paths: readonly ExplainedPath[];
}

@Injectable()
export class ExplainService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly statistics: PlannerStatisticsService,
    private readonly segments: SegmentReader,
    private readonly cursorKey: CursorKeyRepository,
  ) {}

  /** Throws the errors with which GET /products rejects this query string. */
  async explain(queryString: string): Promise<ExplainedSegment[]> {
    const query = parseQueryString(ListProductsQuery, queryString);
    const listing = toListing(query);
    const start =
      query.cursor === undefined ? undefined : decodeCursor(await this.cursorKey.get(), listing, query.cursor);
    await this.statistics.refresh();
    const runner = this.dataSource.createQueryRunner();
    try {
      const explained: ExplainedSegment[] = [];
      for (const segment of segmentsOf(listing, start)) explained.push(await this.explainSegment(segment, runner));
      return explained;
    } finally {
      await runner.release();
    }
  }

  private async explainSegment(segment: Segment, runner: QueryRunner): Promise<ExplainedSegment> {
    const plan = planSegment(segment, this.statistics.current());
    const paths: ExplainedPath[] = [];
    for (const candidate of plan.candidates) paths.push(await this.explainPath(candidate, segment, plan, runner));
    return { segment, plan, paths };
  }

  private async explainPath(candidate: PlanCandidate, segment: Segment, plan: QueryPlan, runner: QueryRunner) {
    const recorder = new StatementRecorder(runner);
    const request = { segment, path: candidate.path, session: recorder };
    await this.attempt(request);
    recorder.restart();
    const startedMs = performance.now();
    const outcome = await this.attempt(request);
    const tookMs = performance.now() - startedMs - recorder.overheadMs;
    const statements: ExplainedStatement[] = [];
    for (const recorded of recorder.statements)
      statements.push({ ...recorded, plan: await this.planOf(recorded.statement, runner) });
    return { candidate, statements, ...outcome, tookMs };
  }

  private async attempt(request: ReadRequest): Promise<Pick<ExplainedPath, 'rows' | 'abandoned'>> {
    try {
      const { rows } = await this.segments.read(request);
      return { rows: rows.length, abandoned: undefined };
    } catch (error) {
      const abandoned = abandonmentOf(error);
      if (abandoned === undefined) throw error;
      return { rows: 0, abandoned };
    }
  }

  private async planOf({ text, values }: SqlFragment, runner: QueryRunner): Promise<string> {
    const explain = dialectOf(this.dataSource) === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const rows = (await runner.query(`${explain} ${text}`, [...values])) as Record<string, string | number | null>[];
    return rows.map((row) => Object.values(row).filter(isPresent).join(' | ')).join('\n');
  }
}

const isPresent = (value: string | number | null) => value !== null;

/** Read session on one connection that records each statement and reads the row counters before and after it. */
class StatementRecorder implements ReadSession {
  statements: Omit<ExplainedStatement, 'plan'>[] = [];
  /** Time taken by reading the counters. */
  overheadMs = 0;

  constructor(private readonly runner: QueryRunner) {}

  restart(): void {
    this.statements = [];
    this.overheadMs = 0;
  }

  async read<Row>(statement: SqlFragment): Promise<Row[]> {
    const calledMs = performance.now();
    const before = await this.rowsExamined();
    const startedMs = performance.now();
    const rows = (await this.runner.query(statement.text, [...statement.values])) as Row[];
    const tookMs = performance.now() - startedMs;
    const after = await this.rowsExamined();
    const examined = before === undefined || after === undefined ? undefined : after - before;
    this.statements.push({ statement, examined, tookMs });
    this.overheadMs += performance.now() - calledMs - tookMs;
    return rows;
  }

  withTimeLimit(): ReadSession {
    return this; // EXPLAIN measures complete statements, so it sets no time limit
  }

  /** Rows and index entries that this connection has read so far (`Handler_read_*`); undefined on SQLite. */
  private async rowsExamined(): Promise<number | undefined> {
    if (dialectOf(this.runner.dataSource) === 'sqlite') return undefined;
    const counters = (await this.runner.query(
      `SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_first', 'Handler_read_key', 'Handler_read_last', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd')`,
    )) as { Value: string }[];
    return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
  }
}
