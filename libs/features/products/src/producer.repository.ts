import { Injectable } from '@nestjs/common';
import { dialectOf, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { positionColumnsOf } from './near/geography';
import type { ProducerDraft, ProductDraft } from './product-draft';
import { Producer } from './producer.entity';

const COLUMNS = ['name', 'place', 'latitude', 'longitude', 'x', 'y', 'z', 'cell_fine', 'cell_coarse'];

/** A position once known is not lost to a later row that has none. */
const keepKnown = (given: (column: string) => string) =>
  COLUMNS.slice(2)
    .map((column) => `${column} = COALESCE(${given(column)}, ${column})`)
    .join(', ');
const KEEP_KNOWN_POSITION: Record<Dialect, string> = {
  mysql: `ON DUPLICATE KEY UPDATE ${keepKnown((column) => `VALUES(${column})`)}`,
  sqlite: `ON CONFLICT (name, place) DO UPDATE SET ${keepKnown((column) => `excluded.${column}`)}`,
};

/** Producers a statement: 9 values each stay far below SQLite's 32,766 placeholders. */
const STATEMENT_ROWS = 1_000;

/** Writes producers, which are known by name and place. */
@Injectable()
export class ProducerRepository {
  /** Stores the producers of these products that are new and says the id of each. Must run inside a transaction. */
  async upsertOf(manager: EntityManager, products: readonly ProductDraft[]): Promise<ProducerIds> {
    const byKey = new Map(products.map(({ producer }) => [keyOf(producer), producer]));
    // In one order for all writers, so that two imports at once wait for each other instead of deadlocking.
    const producers = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, producer]) => producer);
    const ids = new Map<string, number>();
    for (let from = 0; from < producers.length; from += STATEMENT_ROWS) {
      const some = producers.slice(from, from + STATEMENT_ROWS);
      await this.write(manager, some);
      const where = { name: In([...new Set(some.map(({ name }) => name))]) };
      const stored = await manager.find(Producer, { select: { id: true, name: true, place: true }, where });
      for (const producer of stored) ids.set(keyOf(producer), producer.id);
    }
    return new ProducerIds(ids);
  }

  private async write(manager: EntityManager, producers: readonly ProducerDraft[]): Promise<void> {
    await manager.query(
      `INSERT INTO producers (${COLUMNS.join(', ')})
       VALUES ${producers.map(() => `(${COLUMNS.map(() => '?').join(', ')})`).join(', ')}
       ${KEEP_KNOWN_POSITION[dialectOf(manager.dataSource)]}`,
      producers.flatMap(({ name, place, latitude, longitude }) => [
        name,
        place,
        latitude,
        longitude,
        ...positionColumnsOf({ latitude, longitude }),
      ]),
    );
  }
}

export class ProducerIds {
  constructor(private readonly ids: ReadonlyMap<string, number>) {}

  of(producer: ProducerDraft): number {
    const id = this.ids.get(keyOf(producer));
    if (id === undefined) throw new Error(`the producer ${producer.name} was not stored`);
    return id;
  }
}

function keyOf({ name, place }: Pick<ProducerDraft, 'name' | 'place'>): string {
  return `${name}\n${place}`;
}
