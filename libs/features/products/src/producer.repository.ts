import { Injectable } from '@nestjs/common';
import { chunkRows, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { countUpVersion } from './block-version.repository';
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
  sqlite: `ON CONFLICT DO UPDATE SET ${keepKnown((column) => `excluded.${column}`)}`,
};

/** Producers that share a version. */
export const PRODUCERS_A_BLOCK = 65_536;

type StoredProducer = Pick<Producer, 'id' | 'name' | 'place' | 'latitude' | 'longitude'>;

/** Writes producers, which are known by name and place. */
@Injectable()
export class ProducerRepository {
  /**
   * Stores the producers of these products that are new or have moved, and says the id of each. Must run inside a
   * transaction.
   */
  async upsertOf(manager: EntityManager, products: readonly ProductDraft[]): Promise<ProducerIds> {
    const byKey = new Map(products.map(({ producer }) => [keyOf(producer), producer]));
    // In one order for all writers, so that two imports at once wait for each other instead of deadlocking.
    const producers = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, producer]) => producer);
    const ids = new ProducerIds();
    for (const some of chunkRows(producers, toRow)) {
      const stored = await this.find(manager, some);
      const changed = some.filter((producer) => isNewOrMoved(producer, stored.get(keyOf(producer))));
      ids.add(stored);
      if (changed.length === 0) continue;
      await this.write(manager, changed, stored);
      ids.written += changed.length;
      ids.add(await this.find(manager, changed));
      await this.countUp(
        manager,
        changed.map((producer) => ids.of(producer)),
      );
    }
    return ids;
  }

  private async find(
    manager: EntityManager,
    producers: readonly ProducerDraft[],
  ): Promise<ReadonlyMap<string, StoredProducer>> {
    const select = { id: true, name: true, place: true, latitude: true, longitude: true } as const;
    const found = new Map<string, StoredProducer>();
    for (const names of chunkValues([...new Set(producers.map(({ name }) => name))])) {
      for (const producer of await manager.find(Producer, { select, where: { name: In(names) } }))
        found.set(keyOf(producer), producer);
    }
    return found;
  }

  /** Whoever keeps in memory where they are sees by it that they have changed. */
  private async countUp(manager: EntityManager, ids: readonly number[]): Promise<void> {
    const blocks = new Set(ids.map((id) => Math.floor(id / PRODUCERS_A_BLOCK)));
    for (const block of [...blocks].sort((a, b) => a - b)) await countUpVersion(manager, 'producer_block', block);
  }

  /**
   * Producers that moved are written with their ids: InnoDB takes a new auto-increment value for every row without
   * one, also if it then updates. Another writer may have inserted one that is new here; then it is updated.
   */
  private async write(
    manager: EntityManager,
    producers: readonly ProducerDraft[],
    stored: ReadonlyMap<string, StoredProducer>,
  ): Promise<void> {
    const onConflict = KEEP_KNOWN_POSITION[dialectOf(manager.dataSource)];
    const moved = producers.flatMap((producer) => {
      const id = stored.get(keyOf(producer))?.id;
      return id === undefined ? [] : [[id, ...toRow(producer)]];
    });
    const added = producers.filter((producer) => !stored.has(keyOf(producer))).map(toRow);
    await insertRows(manager, { table: 'producers', columns: ['id', ...COLUMNS], rows: moved }, onConflict);
    await insertRows(manager, { table: 'producers', columns: COLUMNS, rows: added }, onConflict);
  }
}

function toRow({ name, place, latitude, longitude }: ProducerDraft): (string | number | null)[] {
  return [name, place, latitude, longitude, ...positionColumnsOf({ latitude, longitude })];
}

export class ProducerIds {
  /** Producers that were new or had moved. */
  written = 0;
  private readonly ids = new Map<string, number>();

  add(stored: ReadonlyMap<string, StoredProducer>): void {
    for (const [key, { id }] of stored) this.ids.set(key, id);
  }

  of(producer: ProducerDraft): number {
    const id = this.ids.get(keyOf(producer));
    if (id === undefined) throw new Error(`the producer ${producer.name} was not stored`);
    return id;
  }
}

function isNewOrMoved({ latitude, longitude }: ProducerDraft, stored: StoredProducer | undefined): boolean {
  if (stored === undefined) return true;
  const isKnown = latitude !== null && longitude !== null;
  return isKnown && (latitude !== stored.latitude || longitude !== stored.longitude);
}

function keyOf({ name, place }: Pick<ProducerDraft, 'name' | 'place'>): string {
  return `${name}\n${place}`;
}
