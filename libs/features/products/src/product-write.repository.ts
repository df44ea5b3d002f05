/**
 * Writes products in batches. Products are known by their external id, producers by name and place; what has not
 * changed is not written, so that bringing the same data again changes nothing, not even `updatedAt`.
 */
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { searchColumnsOf, type ProductDraft } from './product-draft';
import { ProducerRepository } from './producer.repository';
import { Product } from './product.entity';

export interface BatchOutcome {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

type StoredProduct = Pick<Product, (typeof CONTENT)[number]>;

/** What a draft decides, and what is compared to see whether it changed anything. */
const CONTENT = [
  'externalId',
  'name',
  'description',
  'category',
  'priceMinor',
  'currency',
  'unit',
  'stock',
  'producerId',
] as const;
const OVERWRITTEN = [
  'name',
  'description',
  'category',
  'price_minor',
  'currency',
  'unit',
  'stock',
  'producer_id',
  'updated_at_ms',
  'name_text',
  'search_text',
];

@Injectable()
export class ProductWriteRepository {
  constructor(private readonly producers: ProducerRepository) {}

  /** Must run inside a transaction. Of drafts with the same external id, the last counts. */
  async upsert(manager: EntityManager, drafts: readonly ProductDraft[], nowMs: number): Promise<BatchOutcome> {
    // Producers first: this batch's first statement is a write, so SQLite takes its lock before anything is read.
    const producerIds = await this.producers.upsert(
      manager,
      drafts.map(({ producer }) => producer),
    );
    const wanted = new Map(drafts.map((draft) => [draft.externalId, draft]));
    const stored = await this.findStored(manager, [...wanted.keys()]);
    const rows = [...wanted.values()].map((draft) =>
      toRow(draft, producerIds.of(draft.producer), stored.has(draft.externalId), nowMs),
    );
    const changed = rows.filter((row) => !isSame(row, stored.get(row.externalId)));
    if (changed.length > 0) {
      await manager
        .createQueryBuilder()
        .insert()
        .into(Product)
        .values(changed)
        .orUpdate(OVERWRITTEN, ['external_id'])
        .updateEntity(false)
        .execute();
    }
    const created = rows.filter((row) => !stored.has(row.externalId)).length;
    return { created, updated: changed.length - created, unchanged: drafts.length - changed.length };
  }

  private async findStored(manager: EntityManager, externalIds: string[]): Promise<Map<string, StoredProduct>> {
    const rows = await manager.find(Product, {
      select: Object.fromEntries(CONTENT.map((name) => [name, true])),
      where: { externalId: In(externalIds) },
    });
    return new Map(rows.map((row) => [row.externalId, row]));
  }
}

/** A new product is as old as its source says; one that changes does so now. */
function toRow(
  { producer: _, createdAtMs, ...content }: ProductDraft,
  producerId: number,
  isStored: boolean,
  nowMs: number,
) {
  const bornMs = createdAtMs ?? nowMs;
  return {
    ...content,
    ...searchColumnsOf(content),
    producerId,
    version: 1,
    createdAtMs: bornMs,
    updatedAtMs: isStored ? nowMs : bornMs,
  };
}

function isSame(row: StoredProduct, stored: StoredProduct | undefined): boolean {
  return stored !== undefined && CONTENT.every((name) => String(row[name]) === String(stored[name]));
}
