/**
 * Shows how a list is read: every way to it with its estimated cost, which one is chosen, and what each really does:
 * its statements, the server's own plans of them, the rows they examine and the time they take.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf, type SqlFragment } from '@platform/database';
import { parseQueryString } from '@platform/http';
import { DataSource, type QueryRunner } from 'typeorm';
import { abandonmentOf } from '../catalogue-availability';
import type { CatalogueView } from '../catalogue.reader';
import { CursorKeyRepository } from '../cursor-key.repository';
import { ListProductsQuery, toListing } from '../list-products.query';
import { decodeCursor } from '../product-cursor';
import { CatalogueFactsService } from './catalogue-facts.service';
import { ListPartReader, type ReadRequest } from './list-part.reader';
import { partsOf, type ListPart } from './list-part';
import { planPart, type PlanCandidate, type QueryPlan } from './query-plan';

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

export interface ExplainedPart {
  readonly part: ListPart;
  readonly plan: QueryPlan;
  /** The chosen one first. */
  readonly paths: readonly ExplainedPath[];
}

@Injectable()
export class ExplainService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: CatalogueFactsService,
    private readonly parts: ListPartReader,
    private readonly cursorKey: CursorKeyRepository,
  ) {}

  /** Throws what GET /products would refuse the query string with. */
  async explain(queryString: string): Promise<ExplainedPart[]> {
    const query = parseQueryString(ListProductsQuery, queryString);
    const listing = toListing(query);
    const start =
      query.cursor === undefined ? undefined : decodeCursor(await this.cursorKey.get(), listing, query.cursor);
    await this.facts.refresh();
    const runner = this.dataSource.createQueryRunner();
    try {
      const explained: ExplainedPart[] = [];
      for (const part of partsOf(listing, start)) explained.push(await this.explainPart(part, runner));
      return explained;
    } finally {
      await runner.release();
    }
  }

  private async explainPart(part: ListPart, runner: QueryRunner): Promise<ExplainedPart> {
    const plan = planPart(part, this.facts.current());
    const paths: ExplainedPath[] = [];
    for (const candidate of plan.candidates) paths.push(await this.follow(candidate, part, plan, runner));
    return { part, plan, paths };
  }

  private async follow(candidate: PlanCandidate, part: ListPart, plan: QueryPlan, runner: QueryRunner) {
    const recorder = new StatementRecorder(runner);
    const request = { part, path: candidate.path, view: recorder };
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
      const { rows } = await this.parts.read(request);
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
class StatementRecorder implements CatalogueView {
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

  within(): CatalogueView {
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
