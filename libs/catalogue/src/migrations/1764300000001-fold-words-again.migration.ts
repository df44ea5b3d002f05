/** Folding of words differs from older builds, so `reindex` must rebuild the folded columns and the search index. */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { requireReindex } from './require-reindex.provider';

export class FoldWordsAgain1764300000001 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return requireReindex(runner);
  }

  down(runner: QueryRunner): Promise<void> {
    return requireReindex(runner);
  }
}
