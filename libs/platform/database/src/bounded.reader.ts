/**
 * Reads that end: by the statement's own time limit, which the server keeps; by a deadline for the server that hangs;
 * and before they begin, where connections are short. A read that fails with `isStatementTimeout` or `isOverloaded`
 * has freed its connection or holds none; errors of the server and of the connection pass through unchanged.
 */
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { BoundedConnections } from './bounded-connections.provider';
import { assertOpen } from './connection-errors';
import { dialectOf } from './dialect';
import { ACQUIRE_DEADLINE_MS, HANG_GRACE_MS, MAX_WAITING_READS, SQLITE_YIELD_AFTER_MS } from './reading.policy';
import { sql, type SqlFragment } from './sql';
import { withTimeLimit, serverKindOf, type ServerKind } from './statement-limit';

@Injectable()
export class BoundedReader {
  private readonly connections: BoundedConnections;
  private server: ServerKind | undefined;
  private lastYieldMs = 0;

  constructor(private readonly dataSource: DataSource) {
    this.connections = new BoundedConnections(dataSource, {
      acquireDeadlineMs: ACQUIRE_DEADLINE_MS,
      maxWaiting: MAX_WAITING_READS,
      isWaitPartOfDeadline: false,
    });
  }

  /**
   * The statement begins with SELECT or (SELECT and may take `limitMs` on the server. SQLite has no bounds: it runs in
   * this process, which can do nothing else meanwhile, neither wait nor hang nor look at a clock. Between statements it
   * leaves a turn of the event loop to others, so that a read of many statements delays them no more than one of few.
   */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    assertOpen(this.dataSource);
    if (dialectOf(this.dataSource) === 'sqlite') {
      await this.yieldToEventLoop();
      return this.run<Row>(statement);
    }
    return this.connections.use(limitMs + HANG_GRACE_MS, (runner) => this.readLimited<Row>(runner, statement, limitMs));
  }

  private async yieldToEventLoop(): Promise<void> {
    if (performance.now() - this.lastYieldMs < SQLITE_YIELD_AFTER_MS) return;
    await setImmediate();
    this.lastYieldMs = performance.now();
  }

  private async readLimited<Row>(runner: QueryRunner, statement: SqlFragment, limitMs: number): Promise<Row[]> {
    this.server ??= await this.askServerKind(runner);
    return this.run<Row>(withTimeLimit(statement, this.server, limitMs), runner);
  }

  /** TypeORM knows the version too, but without the word that tells MariaDB from MySQL. */
  private async askServerKind(runner: QueryRunner): Promise<ServerKind> {
    const [server] = await this.run<{ version: string }>(sql`SELECT VERSION() AS version`, runner);
    return serverKindOf(server?.version ?? '');
  }

  private run<Row>({ text, values }: SqlFragment, runner?: QueryRunner): Promise<Row[]> {
    return this.dataSource.query<Row[]>(text, [...values], runner);
  }
}
