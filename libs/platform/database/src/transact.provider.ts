import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf } from './dialect';

/**
 * What a transaction that writes should see: on MySQL, each of its statements what was committed before it, so that
 * whoever waited for a lock goes on from what its holder left. SQLite has one writer at a time.
 */
export function isolationOf(dataSource: DataSource): 'READ COMMITTED' | undefined {
  return dialectOf(dataSource) === 'mysql' ? 'READ COMMITTED' : undefined;
}

/** Runs the work in a transaction that may write. On SQLite one after another: they share its only connection. */
export function transact<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  const isolation = isolationOf(dataSource);
  if (isolation !== undefined) return dataSource.transaction(isolation, work);
  const earlier = lastOf.get(dataSource) ?? Promise.resolve();
  const own = earlier.then(() => dataSource.transaction(work));
  lastOf.set(
    dataSource,
    own.catch(() => undefined),
  );
  return own;
}

const lastOf = new WeakMap<DataSource, Promise<unknown>>();
