/** Positions as unit vectors, whose distances every database computes alike, and the cells to find them by. */
import { runByDialect } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { positionColumnsOf } from '../near/geography';

interface PlacedProducer {
  readonly id: number;
  readonly latitude: number;
  readonly longitude: number;
}

const BATCH_ROWS = 1_000;

export class AddProducerPositions1763900000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runByDialect(runner, {
      mysql: [
        `ALTER TABLE producers
           ADD COLUMN x DOUBLE NULL, ADD COLUMN y DOUBLE NULL, ADD COLUMN z DOUBLE NULL,
           ADD COLUMN cell_fine CHAR(15) NULL, ADD COLUMN cell_coarse CHAR(15) NULL,
           ADD KEY ix_producers_cell_fine (cell_fine), ADD KEY ix_producers_cell_coarse (cell_coarse)`,
      ],
      sqlite: [
        'ALTER TABLE producers ADD COLUMN x REAL NULL',
        'ALTER TABLE producers ADD COLUMN y REAL NULL',
        'ALTER TABLE producers ADD COLUMN z REAL NULL',
        'ALTER TABLE producers ADD COLUMN cell_fine TEXT NULL',
        'ALTER TABLE producers ADD COLUMN cell_coarse TEXT NULL',
        'CREATE INDEX ix_producers_cell_fine ON producers (cell_fine)',
        'CREATE INDEX ix_producers_cell_coarse ON producers (cell_coarse)',
      ],
    });
    await placeAll(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    const columns = ['x', 'y', 'z', 'cell_fine', 'cell_coarse'];
    await runByDialect(runner, {
      mysql: [`ALTER TABLE producers ${columns.map((column) => `DROP COLUMN ${column}`).join(', ')}`],
      sqlite: [
        'DROP INDEX ix_producers_cell_fine',
        'DROP INDEX ix_producers_cell_coarse',
        ...columns.map((column) => `ALTER TABLE producers DROP COLUMN ${column}`),
      ],
    });
  }
}

/** Producers that are there already get what new ones are stored with. */
async function placeAll(runner: QueryRunner): Promise<void> {
  for (let lastId = 0; ;) {
    const producers = (await runner.query(
      `SELECT id, latitude, longitude FROM producers
       WHERE id > ? AND latitude IS NOT NULL AND longitude IS NOT NULL ORDER BY id LIMIT ${BATCH_ROWS}`,
      [lastId],
    )) as PlacedProducer[];
    for (const producer of producers) {
      await runner.query('UPDATE producers SET x = ?, y = ?, z = ?, cell_fine = ?, cell_coarse = ? WHERE id = ?', [
        ...positionColumnsOf(producer),
        producer.id,
      ]);
    }
    const last = producers.at(-1);
    if (last === undefined) return;
    lastId = last.id;
  }
}
