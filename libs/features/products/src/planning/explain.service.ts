/**
 * Shows how a list is read: every way to it with its estimated cost, which one is chosen, and what each really does:
 * its statements, the server's own plans of them, the rows they examine and the time they take.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { parseQueryString } from '@platform/http';
import { DataSource, type QueryRunner } from 'typeorm';
import { abandonmentOf } from '../read-failures';
import type { ReadSession } from '../catalogue.reader';
import { CursorKeyRepository } from '../cursor-key.repository';
import { ListProductsQuery, toListing } from '../list-products.query';
import { decodeCursor } from '../product-cursor';
import { PlannerStatisticsService } from './planner-statistics.service';
import { SegmentReader, type ReadRequest } from './segment.reader';
import { segmentsOf, type Segment } from './segment';
import { planSegment, type PlanCandidate, type QueryPlan } from './query-plan';

interface ExplainedStatement {
  readonly statement: SqlFragment;
  /** The server's own plan. */
  readonly plan: string;
  /** Rows and index entries that the server touched; undefined where it does not tell. */
  readonly examined: number | undefined;
  readonly tookMs: number;
}

/** Read with what it keeps in memory there already, as in a service that has run for a moment. */
export interface ExplainedPath {
  readonly candidate: PlanCandidate;
  readonly statements: readonly ExplainedStatement[];
  readonly rows: number;
  /** Why it gave up instead of returning rows. */
  readonly abandoned: string | undefined;
  /** The statements, and what is done in memory. */
  readonly tookMs: number;
}

export interface ExplainedSegment {
  readonly segment: Segment;
  readonly plan: QueryPlan;
  /** The chosen one first. */
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

  /** Throws what GET /products would refuse the query string with. */
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
    for (const candidate of plan.candidates) paths.push(await this.follow(candidate, segment, plan, runner));
    return { segment, plan, paths };
  }

  private async follow(candidate: PlanCandidate, segment: Segment, plan: QueryPlan, runner: QueryRunner) {
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

/** Reads on one connection, whose counters of rows are looked at before and after each statement. */
class StatementRecorder implements ReadSession {
  statements: Omit<ExplainedStatement, 'plan'>[] = [];
  /** What looking at the counters has taken. */
  overheadMs = 0;

  constructor(private readonly runner: QueryRunner) {}

  restart(): void {
    this.statements = [];
    this.overheadMs = 0;
  }

  async read<Row>(statement: SqlFragment): Promise<Row[]> {
    const askedMs = performance.now();
    const before = await this.rowsExamined();
    const startedMs = performance.now();
    const rows = (await this.runner.query(statement.text, [...statement.values])) as Row[];
    const tookMs = performance.now() - startedMs;
    const after = await this.rowsExamined();
    const examined = before === undefined || after === undefined ? undefined : after - before;
    this.statements.push({ statement, examined, tookMs });
    this.overheadMs += performance.now() - askedMs - tookMs;
    return rows;
  }

  withTimeLimit(): ReadSession {
    return this; // an explanation may take its time
  }

  /** Handler_read_*: rows and index entries that this connection has read so far. */
  private async rowsExamined(): Promise<number | undefined> {
    if (dialectOf(this.runner.dataSource) === 'sqlite') return undefined;
    const counters = (await this.runner.query(
      `SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_first', 'Handler_read_key', 'Handler_read_last', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd')`,
    )) as { Value: string }[];
    return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
  }
}
