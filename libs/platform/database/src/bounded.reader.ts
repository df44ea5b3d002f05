/**
 * Reads that end: by the statement's own time limit, which the server keeps; by a deadline for the server that hangs;
 * and before they begin, where connections are short. A read that fails with `isStatementTimeout` or `isOverloaded`
 * has freed its connection or holds none; errors of the server and of the connection pass through unchanged.
 */
import { Injectable } from '@nestjs/common';
import { within } from '@platform/resilience';
import { DataSource, type QueryRunner } from 'typeorm';
import { dialectOf } from './dialect';
import { ReadHungError, ReadRefusedError } from './read-errors';
import { ACQUIRE_DEADLINE_MS, HANG_GRACE_MS, MAX_WAITING_READS } from './reading.policy';
import { sql, type SqlFragment } from './sql';
import { limited, serverKindOf, type ServerKind } from './statement-limit';

@Injectable()
export class BoundedReader {
  private waitingReads = 0;
  private server: ServerKind | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * The statement begins with SELECT or (SELECT and may take `limitMs` on the server. SQLite has no bounds: it runs in
   * this process, which can do nothing else meanwhile, neither wait nor hang nor look at a clock.
   */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    if (dialectOf(this.dataSource) === 'sqlite') return this.run<Row>(statement);
    const { runner, connection } = await this.acquire();
    try {
      const deadlineMs = limitMs + HANG_GRACE_MS;
      return await within(deadlineMs, this.readLimited<Row>(runner, statement, limitMs), () => {
        const error = new ReadHungError(deadlineMs);
        destroy(connection, error);
        return error;
      });
    } finally {
      await runner.release();
    }
  }

  /** A connection that comes after its waiter gave up goes back at once; until then it counts as waited for. */
  private async acquire(): Promise<{ runner: QueryRunner; connection: MysqlConnection }> {
    if (this.waitingReads >= MAX_WAITING_READS) {
      throw new ReadRefusedError(`${MAX_WAITING_READS} reads wait for a connection already`);
    }
    this.waitingReads += 1;
    const runner = this.dataSource.createQueryRunner();
    const connecting = (runner.connect() as Promise<MysqlConnection>).finally(() => (this.waitingReads -= 1));
    try {
      const giveUp = () => new ReadRefusedError(`no connection was free within ${ACQUIRE_DEADLINE_MS} ms`);
      return { runner, connection: await within(ACQUIRE_DEADLINE_MS, connecting, giveUp) };
    } catch (error) {
      void connecting.then(
        () => runner.release(),
        () => undefined,
      );
      throw error;
    }
  }

  private async readLimited<Row>(runner: QueryRunner, statement: SqlFragment, limitMs: number): Promise<Row[]> {
    this.server ??= await this.askServerKind(runner);
    return this.run<Row>(limited(statement, this.server, limitMs), runner);
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

/** What TypeORM has no word for: mysql2's connection, and its socket. */
interface MysqlConnection {
  destroy(): void;
  readonly stream: { destroy(error: Error): void };
}

/**
 * The pool gets its slot back. mysql2's `destroy` only says goodbye and leaves the socket open until the server says
 * so too, which one that hangs does not; so the socket goes as well, and with it whoever waits for its answer.
 */
function destroy(connection: MysqlConnection, error: Error): void {
  connection.destroy();
  connection.stream.destroy(error);
}
