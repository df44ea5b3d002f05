/**
 * Reads with three bounds: a statement timeout on the server, a deadline for a server that hangs, and load shedding if
 * no connection is free. A read that fails with `isStatementTimeout` or `isOverloaded` holds no connection. Errors of
 * the server and of the connection pass through unchanged.
 */
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { BoundedConnections } from './connection/bounded-connections.provider';
import { assertOpen } from './connection/connection-errors';
import { ACQUIRE_DEADLINE_MS, HANG_GRACE_MS, MAX_WAITING_READS, SQLITE_YIELD_AFTER_MS } from './reading.policy';
import { dialectOf } from './statements/dialect';
import { sql, type SqlFragment } from './statements/sql';
import { serverKindOf, withTimeLimit, type ServerKind } from './statements/statement-limit';

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
   * Runs a statement that begins with SELECT or (SELECT, for at most `limitMs` on the server. SQLite has no bounds: its
   * statements are synchronous and block this process. Between statements the reader yields to the event loop, so a
   * read of many statements delays other work no longer than a read of few.
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
    this.server ??= await this.readServerKind(runner);
    return this.run<Row>(withTimeLimit(statement, this.server, limitMs), runner);
  }

  /** The version string of TypeORM does not distinguish MariaDB from MySQL. */
  private async readServerKind(runner: QueryRunner): Promise<ServerKind> {
    const [server] = await this.run<{ version: string }>(sql`SELECT VERSION() AS version`, runner);
    return serverKindOf(server?.version ?? '');
  }

  private run<Row>({ text, values }: SqlFragment, runner?: QueryRunner): Promise<Row[]> {
    return this.dataSource.query<Row[]>(text, [...values], runner);
  }
}
