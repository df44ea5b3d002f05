/**
 * Database access for writes that must not wait for reads: a pool of its own, with deadlines that detect a server that
 * hangs. The server releases the locks of a paused process within seconds. On SQLite it is a second connection to the
 * same file, so reads do not see uncommitted changes.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Clock, withDeadline } from '@platform/resilience';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { BoundedConnections, type MysqlConnection } from '../connection/bounded-connections.provider';
import { NoConnectionError, assertOpen } from '../connection/connection-errors';
import { isSqliteBusy } from '../connection/driver-error';
import { dialectOf } from '../statements/dialect';
import {
  ACQUIRE_WRITER_DEADLINE_MS,
  LOCK_WAIT_SECONDS,
  MAX_WAITING_WRITES,
  SQLITE_BUSY_PAUSE_MS,
  WAIT_TIMEOUT_SECONDS,
} from '../writing.policy';
import { runInTransaction } from './transaction.provider';

/** Name of the data source for writes. */
export const WRITES = 'writes';

type Work<T> = (manager: EntityManager) => Promise<T>;

@Injectable()
export class WriteDatabase {
  private readonly connections: BoundedConnections;
  private readonly configured = new WeakSet<MysqlConnection>();

  constructor(
    @InjectDataSource(WRITES) private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.connections = new BoundedConnections(dataSource, {
      acquireDeadlineMs: ACQUIRE_WRITER_DEADLINE_MS,
      maxWaiting: MAX_WAITING_WRITES,
      isWaitPartOfDeadline: true,
    });
  }

  /** Maximum number of connections. SQLite has one. */
  get connectionCount(): number {
    return this.dataSource.options.type === 'mysql' ? (this.dataSource.options.poolSize ?? 1) : 1;
  }

  /**
   * Runs statements on one connection with autocommit; on SQLite in one transaction, which costs as much as one
   * statement. `isOverloaded`, `isConnectionLost` and `isStatementTimeout` classify its errors; after the latter two a
   * statement may have been executed.
   */
  async run<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    assertOpen(this.dataSource);
    if (dialectOf(this.dataSource) === 'sqlite') return this.runInSqliteTransaction(deadlineMs, work);
    return this.use(deadlineMs, ({ manager }) => work(manager));
  }

  /** Runs the work in a READ COMMITTED transaction. Throws like `run`; a failed COMMIT may have taken effect. */
  async runInTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    assertOpen(this.dataSource);
    if (dialectOf(this.dataSource) === 'sqlite') return this.runInSqliteTransaction(deadlineMs, work);
    return this.use(deadlineMs, (runner) => commitOrRollBack(runner, work));
  }

  private use<T>(deadlineMs: number, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.connections.use(deadlineMs, async (runner, connection) => {
      await this.configureSession(runner, connection);
      return work(runner);
    });
  }

  /** Runs once per connection. */
  private async configureSession(runner: QueryRunner, connection: MysqlConnection): Promise<void> {
    if (this.configured.has(connection)) return;
    await runner.query(
      `SET SESSION wait_timeout = ${WAIT_TIMEOUT_SECONDS}, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
    );
    this.configured.add(connection);
  }

  /** Retries while another process is writing, without blocking this process. */
  private async runInSqliteTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    const deadlineAtMs = performance.now() + deadlineMs;
    for (;;) {
      try {
        return await this.runSerially(deadlineAtMs - performance.now(), work);
      } catch (error) {
        if (!isSqliteBusy(error)) throw error;
        if (performance.now() > deadlineAtMs)
          throw new NoConnectionError('another process is writing', { cause: error });
        await this.clock.sleep(SQLITE_BUSY_PAUSE_MS);
      }
    }
  }

  /** Queues the transaction behind the others of this process. If the wait exceeds `maxWaitMs`, it does not begin. */
  private async runSerially<T>(maxWaitMs: number, work: Work<T>): Promise<T> {
    const toError = () => new NoConnectionError(`earlier transactions took more than ${Math.round(maxWaitMs)} ms`);
    let isTimedOut = false;
    let begin: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const running = runInTransaction(this.dataSource, (manager) => {
      if (isTimedOut) throw toError();
      begin();
      return work(manager);
    });
    await withDeadline(maxWaitMs, Promise.race([begun, running]), () => {
      isTimedOut = true;
      return toError();
    });
    return running;
  }
}

async function commitOrRollBack<T>(runner: QueryRunner, work: Work<T>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work(runner.manager);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined); // after a lost connection the server rolls back
    throw error;
  }
}
