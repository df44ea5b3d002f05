import { setImmediate } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf } from './dialect';

/**
 * Runs the work in a transaction that may write. On MySQL each statement sees what was committed before it, so that
 * whoever waited for a lock goes on from what its holder left. On SQLite transactions of a process run one after
 * another, those on other connections to the same file as well: waiting for each other inside SQLite would stop the
 * process, and with it the one that is waited for. SQLite's statements are synchronous, so each transaction begins in a
 * turn of the event loop of its own: however many are waiting, requests, timers and signals are served between them.
 */
export function runInTransaction<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  if (dialectOf(dataSource) === 'mysql') return dataSource.transaction('READ COMMITTED', work);
  const file = String(dataSource.options.database);
  const earlier = lastTransactionOf.get(file) ?? Promise.resolve();
  const own = earlier.then(async () => {
    await setImmediate();
    return dataSource.transaction(async (manager) => {
      await acquireWriteLock(manager);
      return work(manager);
    });
  });
  lastTransactionOf.set(
    file,
    own.catch(() => undefined),
  );
  return own;
}

/**
 * TypeORM begins a transaction that becomes a writer's with its first write; where it has read before, and another
 * process has written since, SQLite refuses that at once. One that is a writer's from the beginning waits instead.
 * Should it have waited in vain, TypeORM still needs a transaction to roll back, or takes the next one for part of it.
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

/** By file. */
const lastTransactionOf = new Map<string, Promise<unknown>>();
