/**
 * Connections of a MySQL pool with a deadline for acquiring one and for the work on it. If the server hangs, the
 * connection is closed, which frees its slot in the pool and its locks on the server.
 */
import { withDeadline } from '@platform/resilience';
import type { DataSource, QueryRunner } from 'typeorm';
import { ConnectionHungError, NoConnectionError } from './connection-errors';

/** The connection of mysql2 and its socket, which TypeORM does not expose. */
export interface MysqlConnection {
  destroy(): void;
  readonly stream: { destroy(error: Error): void };
}

export interface AcquireBounds {
  readonly acquireDeadlineMs: number;
  /** Maximum number of waiting callers; further ones are rejected at once. */
  readonly maxWaiting: number;
  /** If true, the wait for a connection counts towards the deadline of the work. */
  readonly isWaitPartOfDeadline: boolean;
}

export class BoundedConnections {
  private waiting = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly bounds: AcquireBounds,
  ) {}

  /**
   * Runs the work on a connection of its own. Throws NoConnectionError before the work, ConnectionHungError during it,
   * and any error of the work.
   */
  async use<T>(deadlineMs: number, work: (runner: QueryRunner, connection: MysqlConnection) => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const { runner, connection } = await this.acquire();
    const waitedMs = this.bounds.isWaitPartOfDeadline ? performance.now() - startedMs : 0;
    try {
      return await withDeadline(Math.max(0, deadlineMs - waitedMs), work(runner, connection), () => {
        const error = new ConnectionHungError(deadlineMs);
        destroyConnection(connection, error);
        return error;
      });
    } finally {
      await runner.release();
    }
  }

  /** After the deadline, a connection that still opens returns to the pool; until then its caller counts as waiting. */
  private async acquire(): Promise<{ runner: QueryRunner; connection: MysqlConnection }> {
    const { maxWaiting, acquireDeadlineMs } = this.bounds;
    if (this.waiting >= maxWaiting)
      throw new NoConnectionError(`${maxWaiting} callers are already waiting for a connection`);
    this.waiting += 1;
    const runner = this.dataSource.createQueryRunner();
    const connecting = (runner.connect() as Promise<MysqlConnection>).finally(() => (this.waiting -= 1));
    try {
      const toError = () => new NoConnectionError(`no connection became free within ${acquireDeadlineMs} ms`);
      return { runner, connection: await withDeadline(acquireDeadlineMs, connecting, toError) };
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
 * Frees the slot in the pool. `destroy` of mysql2 only half-closes the socket and waits for the server to close it too,
 * which a hanging server does not do. So the socket is destroyed as well, and statements in progress fail with `error`.
 */
export function destroyConnection(connection: MysqlConnection, error: Error): void {
  connection.destroy();
  connection.stream.destroy(error);
}
