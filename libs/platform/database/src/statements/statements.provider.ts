/** Runs statements written with `sql` in the transaction of an EntityManager. */
import type { EntityManager } from 'typeorm';
import type { SqlFragment } from './sql';

export function select<Row>(manager: EntityManager, { text, values }: SqlFragment): Promise<Row[]> {
  return manager.query<Row[]>(text, [...values]);
}

/** Returns the number of affected rows, including rows that already had the new values. */
export async function execute(manager: EntityManager, { text, values }: SqlFragment): Promise<number> {
  if (manager.queryRunner === undefined) throw new Error('execute requires an EntityManager with its own connection');
  const { affected } = await manager.queryRunner.query(text, [...values], true);
  return affected ?? 0;
}
