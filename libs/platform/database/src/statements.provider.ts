/** Statements written with `sql`, run where the transaction is. */
import type { EntityManager } from 'typeorm';
import type { SqlFragment } from './sql';

export function select<Row>(manager: EntityManager, { text, values }: SqlFragment): Promise<Row[]> {
  return manager.query<Row[]>(text, [...values]);
}

/** How many rows it changed, or would have, had they not been so already. */
export async function execute(manager: EntityManager, { text, values }: SqlFragment): Promise<number> {
  if (manager.queryRunner === undefined) throw new Error('statements are run on a connection of their own');
  const { affected } = await manager.queryRunner.query(text, [...values], true);
  return affected ?? 0;
}
