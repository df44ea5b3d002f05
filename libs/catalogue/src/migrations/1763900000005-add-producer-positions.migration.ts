/**
 * Adds positions as unit vectors, whose distances all databases compute alike, and the geographic cells for their
 * lookup.
 */
import { addToTable, dropFromTable } from '@platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { positionColumnsOf } from '../geography';

interface PositionedProducer {
  readonly id: number;
  readonly latitude: number;
  readonly longitude: number;
}

const BATCH_ROWS = 1_000;

export class AddProducerPositions1763900000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addToTable(runner.manager, 'producers', {
      columns: {
        mysql: {
          x: 'DOUBLE NULL',
          y: 'DOUBLE NULL',
          z: 'DOUBLE NULL',
          cell_fine: 'CHAR(15) NULL',
          cell_coarse: 'CHAR(15) NULL',
        },
        sqlite: { x: 'REAL NULL', y: 'REAL NULL', z: 'REAL NULL', cell_fine: 'TEXT NULL', cell_coarse: 'TEXT NULL' },
      },
      indexes: { ix_producers_cell_fine: 'cell_fine', ix_producers_cell_coarse: 'cell_coarse' },
    });
    await addPositions(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropFromTable(runner.manager, 'producers', {
      columns: ['x', 'y', 'z', 'cell_fine', 'cell_coarse'],
      indexes: ['ix_producers_cell_fine', 'ix_producers_cell_coarse'],
    });
  }
}

/** Computes the position columns of existing producers. */
async function addPositions(runner: QueryRunner): Promise<void> {
  for (let lastId = 0; ;) {
    const producers = (await runner.query(
      `SELECT id, latitude, longitude FROM producers
       WHERE id > ? AND latitude IS NOT NULL AND longitude IS NOT NULL ORDER BY id LIMIT ${BATCH_ROWS}`,
      [lastId],
    )) as PositionedProducer[];
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
