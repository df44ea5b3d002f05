import { setImmediate } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf } from '../statements/dialect';
import type { SqlFragment } from '../statements/sql';

/**
 * Runs the work in a transaction that may write. MySQL uses READ COMMITTED, so a transaction that waited for a lock
 * sees the changes of the previous holder. On SQLite the process serialises all transactions on the same file: waiting
 * inside SQLite would block the process, including the transaction that holds the lock. Each SQLite transaction first
 * yields to the event loop, so requests, timers and signals are served between any number of waiting transactions.
 */
export function runInTransaction<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'mysql') return dataSource.transaction('READ COMMITTED', work);
  return enqueue(dataSource, async () => {
    await setImmediate();
    return dataSource.transaction(async (manager) => {
      await acquireWriteLock(manager);
      return work(manager);
    });
  });
}

/**
 * Reads from SQLite while this process has no open transaction. A read on the connection of an open transaction would
 * see its uncommitted changes.
 */
export function readCommitted<Row>(dataSource: DataSource, { text, values }: SqlFragment): Promise<Row[]> {
  return enqueue(dataSource, () => dataSource.query<Row[]>(text, [...values]));
}

/** Runs the work after all earlier transactions of this process on the same file. */
function enqueue<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const file = String(dataSource.options.database);
  const previous = lastTransactionOf.get(file) ?? Promise.resolve();
  const current = previous.then(work);
  lastTransactionOf.set(
    file,
    current.catch(() => undefined),
  );
  return current;
}

/**
 * TypeORM begins a deferred transaction. SQLite rejects its first write at once if the transaction has read before and
 * another process has written since. BEGIN IMMEDIATE waits for the write lock instead. If that wait times out, TypeORM
 * still needs an open transaction to roll back; otherwise it treats the next transaction as nested.
 */
async function acquireWriteLock(manager: EntityManager): Promise<void> {
  await manager.query('ROLLBACK');
  try {
    await manager.query('BEGIN IMMEDIATE');
  } catch (error) {
    await manager.query('BEGIN');
    throw error;
  }
}

/** Last transaction by file. */
const lastTransactionOf = new Map<string, Promise<unknown>>();
