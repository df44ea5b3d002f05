/**
 * Connections of a MySQL pool that are waited for and worked on for a bounded time. Where the server hangs, the
 * connection is closed, which frees its place in the pool, and on the server its locks.
 */
import { withTimeout } from '@platform/resilience';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionHungError, NoConnectionError } from './connection-errors';

/** What TypeORM has no word for: mysql2's connection, and its socket. */
export interface MysqlConnection {
  destroy(): void;
  readonly stream: { destroy(error: Error): void };
}

export interface AcquireBounds {
  readonly acquireDeadlineMs: number;
  /** Who comes when so many wait already is refused at once. */
  readonly maxWaiting: number;
  /** Whether the deadline of the work begins with the wait for a connection, or after it. */
  readonly isWaitPartOfDeadline: boolean;
}

export class BoundedConnections {
  private waiting = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly bounds: AcquireBounds,
  ) {}

  /** Throws NoConnectionError before the work, ConnectionHungError during it, and what the work throws. */
  async use<T>(deadlineMs: number, work: (runner: QueryRunner, connection: MysqlConnection) => Promise<T>): Promise<T> {
    const beganMs = performance.now();
    const { runner, connection } = await this.acquire();
    const waitedMs = this.bounds.isWaitPartOfDeadline ? performance.now() - beganMs : 0;
    try {
      return await withTimeout(Math.max(0, deadlineMs - waitedMs), work(runner, connection), () => {
        const error = new ConnectionHungError(deadlineMs);
        destroyConnection(connection, error);
        return error;
      });
    } finally {
      await runner.release();
    }
  }

  /** A connection that comes after its waiter gave up goes back at once; until then it counts as waited for. */
  private async acquire(): Promise<{ runner: QueryRunner; connection: MysqlConnection }> {
    const { maxWaiting, acquireDeadlineMs } = this.bounds;
    if (this.waiting >= maxWaiting) throw new NoConnectionError(`${maxWaiting} wait for a connection already`);
    this.waiting += 1;
    const runner = this.dataSource.createQueryRunner();
    const connecting = (runner.connect() as Promise<MysqlConnection>).finally(() => (this.waiting -= 1));
    try {
      const toError = () => new NoConnectionError(`no connection was free within ${acquireDeadlineMs} ms`);
      return { runner, connection: await withTimeout(acquireDeadlineMs, connecting, toError) };
    } catch (error) {
      void connecting.then(
        () => runner.release(),
        () => undefined,
      );
      throw error;
    }
  }
}

/**
 * The pool gets its slot back. mysql2's `destroy` only says goodbye and leaves the socket open until the server says
 * so too, which one that hangs does not; so the socket goes as well, and with it whoever waits for its answer.
 */
export function destroyConnection(connection: MysqlConnection, error: Error): void {
  connection.destroy();
  connection.stream.destroy(error);
}
