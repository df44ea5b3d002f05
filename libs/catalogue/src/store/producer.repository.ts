import { Injectable } from '@nestjs/common';
import { chunkRows, chunkValues, dialectOf, insertRows, type Dialect } from '@platform/database';
import { In, type EntityManager } from 'typeorm';
import { positionColumnsOf } from '../geography';
import { incrementVersion } from '../index-writer/block-version.repository';
import { Producer } from '../producer.entity';
import type { ProducerDraft, ProductDraft } from '../product-draft';

const COLUMNS = ['name', 'place', 'latitude', 'longitude', 'x', 'y', 'z', 'cell_fine', 'cell_coarse'];

/** Keeps a stored position if a later row has none. */
const coalesceWithStored = (incoming: (column: string) => string) =>
  COLUMNS.slice(2)
    .map((column) => `${column} = COALESCE(${incoming(column)}, ${column})`)
    .join(', ');
const UPSERT_POSITION: Record<Dialect, string> = {
  mysql: `ON DUPLICATE KEY UPDATE ${coalesceWithStored((column) => `VALUES(${column})`)}`,
  sqlite: `ON CONFLICT DO UPDATE SET ${coalesceWithStored((column) => `excluded.${column}`)}`,
};

/** Number of consecutive producer ids that share a version. */
export const PRODUCERS_PER_BLOCK = 65_536;

type StoredProducer = Pick<Producer, 'id' | 'name' | 'place' | 'latitude' | 'longitude'>;

/** Writes producers, which are identified by name and place. */
@Injectable()
export class ProducerRepository {
  /**
   * Upserts the producers of these products that are new or have moved, and returns the ids of all. Must run inside a
   * transaction.
   */
  async upsertProducersOf(manager: EntityManager, products: readonly ProductDraft[]): Promise<ProducerIds> {
    const byKey = new Map(products.map(({ producer }) => [keyOf(producer), producer]));
    // All writers lock in this order, so concurrent imports wait for each other instead of deadlocking.
    const producers = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, producer]) => producer);
    const ids = new ProducerIds();
    for (const batch of chunkRows(producers, toRow)) {
      const stored = await this.find(manager, batch);
      const changed = batch.filter((producer) => isNewOrMoved(producer, stored.get(keyOf(producer))));
      ids.add(stored);
      if (changed.length === 0) continue;
      await this.write(manager, changed, stored);
      ids.written += changed.length;
      ids.moved.push(...changed.flatMap((producer) => stored.get(keyOf(producer))?.id ?? []));
      ids.add(await this.find(manager, changed));
      await this.incrementVersions(
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
    const stored = new Map<string, StoredProducer>();
    for (const names of chunkValues([...new Set(producers.map(({ name }) => name))])) {
      for (const producer of await manager.find(Producer, { select, where: { name: In(names) } }))
        stored.set(keyOf(producer), producer);
    }
    return stored;
  }

  /** Processes that cache producer positions detect changes by these versions. */
  private async incrementVersions(manager: EntityManager, ids: readonly number[]): Promise<void> {
    const blocks = new Set(ids.map((id) => Math.floor(id / PRODUCERS_PER_BLOCK)));
    for (const block of [...blocks].sort((a, b) => a - b)) await incrementVersion(manager, 'producer_block', block);
  }

  /**
   * Writes moved producers with their ids: InnoDB consumes an auto-increment value for every row without an id, even if
   * it then updates. If another writer has inserted a new producer meanwhile, its row is updated.
   */
  private async write(
    manager: EntityManager,
    producers: readonly ProducerDraft[],
    stored: ReadonlyMap<string, StoredProducer>,
  ): Promise<void> {
    const onConflict = UPSERT_POSITION[dialectOf(manager.dataSource)];
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
  /** Number of producers that were new or had moved. */
  written = 0;
  /** Ids of producers that existed and have moved. */
  readonly moved: number[] = [];
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
  const hasPosition = latitude !== null && longitude !== null;
  return hasPosition && (latitude !== stored.latitude || longitude !== stored.longitude);
}

function keyOf({ name, place }: Pick<ProducerDraft, 'name' | 'place'>): string {
  return `${name}\n${place}`;
}
