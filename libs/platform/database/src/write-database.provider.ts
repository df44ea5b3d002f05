/**
 * The database for what must be written whatever else goes on: through connections of its own, so that reads which
 * take all others do not keep it waiting, and bounded, so that a server that hangs is noticed. What a process that
 * stands still has locked, the server frees within seconds. On SQLite it is a second connection to the same file, so
 * that reads do not see what is not committed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { withTimeout } from '@platform/resilience';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { BoundedConnections, type MysqlConnection } from './bounded-connections.provider';
import { assertOpen, NoConnectionError } from './connection-errors';
import { dialectOf } from './dialect';
import { isSqliteBusy } from './driver-error';
import { runInTransaction } from './transaction.provider';
import {
  ACQUIRE_WRITER_DEADLINE_MS,
  LOCK_WAIT_SECONDS,
  MAX_WAITING_WRITES,
  SILENT_CONNECTION_SECONDS,
  SQLITE_BUSY_PAUSE_MS,
} from './writing.policy';

/** Name of the second data source. */
export const WRITES = 'writes';

type Work<T> = (manager: EntityManager) => Promise<T>;

@Injectable()
export class WriteDatabase {
  private readonly connections: BoundedConnections;
  private readonly prepared = new WeakSet<MysqlConnection>();

  constructor(@InjectDataSource(WRITES) private readonly dataSource: DataSource) {
    this.connections = new BoundedConnections(dataSource, {
      acquireDeadlineMs: ACQUIRE_WRITER_DEADLINE_MS,
      maxWaiting: MAX_WAITING_WRITES,
      isWaitPartOfDeadline: true,
    });
  }

  /**
   * Statements on one connection, each committed by itself; on SQLite together, which costs as much as one. Throws
   * what `isOverloaded`, `isConnectionLost` and `isStatementTimeout` tell apart; after the latter two it is not known
   * whether a statement was carried out.
   */
  async run<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    assertOpen(this.dataSource);
    if (dialectOf(this.dataSource) === 'sqlite') return this.runInSqliteTransaction(deadlineMs, work);
    return this.use(deadlineMs, ({ manager }) => work(manager));
  }

  /** All or nothing. Each statement sees what was committed before it. Throws as `run`; COMMIT is a statement too. */
  async runInTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    assertOpen(this.dataSource);
    if (dialectOf(this.dataSource) === 'sqlite') return this.runInSqliteTransaction(deadlineMs, work);
    return this.use(deadlineMs, (runner) => commitOrRollBack(runner, work));
  }

  private use<T>(deadlineMs: number, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.connections.use(deadlineMs, async (runner, connection) => {
      await this.prepare(runner, connection);
      return work(runner);
    });
  }

  /** Once for each connection. */
  private async prepare(runner: QueryRunner, connection: MysqlConnection): Promise<void> {
    if (this.prepared.has(connection)) return;
    await runner.query(
      `SET SESSION wait_timeout = ${SILENT_CONNECTION_SECONDS}, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
    );
    this.prepared.add(connection);
  }

  /** Another process may be writing; it is asked for again and again without holding up this one. */
  private async runInSqliteTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    const endsAtMs = performance.now() + deadlineMs;
    for (;;) {
      try {
        return await this.runSerially(endsAtMs - performance.now(), work);
      } catch (error) {
        if (!isSqliteBusy(error)) throw error;
        if (performance.now() > endsAtMs) throw new NoConnectionError('another process is writing', { cause: error });
        await delay(SQLITE_BUSY_PAUSE_MS);
      }
    }
  }

  /** Transactions of this process run one after another; who has waited for too long does not begin. */
  private async runSerially<T>(waitsMs: number, work: Work<T>): Promise<T> {
    const toError = () => new NoConnectionError(`others wrote for ${Math.round(waitsMs)} ms`);
    let isGivenUp = false;
    let begin: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const running = runInTransaction(this.dataSource, (manager) => {
      if (isGivenUp) throw toError();
      begin();
      return work(manager);
    });
    await withTimeout(waitsMs, Promise.race([begun, running]), () => {
      isGivenUp = true;
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
    await runner.rollbackTransaction().catch(() => undefined); // where the connection is lost, the server does it
    throw error;
  }
}
