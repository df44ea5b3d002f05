import type { QueryRunner } from 'typeorm';

/** Disables the search index until `reindex` has rebuilt it from the first block. */
export async function requireReindex(runner: QueryRunner): Promise<void> {
  await runner.query(
    `UPDATE search_index_state SET next_block = NULL,
     is_complete = CASE WHEN EXISTS (SELECT 1 FROM products) THEN 0 ELSE 1 END`,
  );
}
