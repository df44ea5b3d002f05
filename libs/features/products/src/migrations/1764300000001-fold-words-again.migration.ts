/** Words are folded in another way than by older builds, so what is stored of each product has to be made again: `reindex`. */
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
