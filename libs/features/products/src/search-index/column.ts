/**
 * What is decided on ids without reading their rows: a number of 32 bits for every product, of each thing that lists
 * are sorted or filtered by and that there are no sets for. Stored by block, little-endian; 0 where there is no product.
 */
import { BLOCK_IDS, blockOf } from './block';
import type { IndexedProduct } from './index-keys';
import { nameIdentityOf } from './name-identity';
import { codeOf, type CodedSort } from './sort-codes';

/** The codes of the sorts (those of prices are the prices themselves), which name it is, and who the producer is. */
export type ColumnName = CodedSort | 'nameHigh' | 'nameLow' | 'producer';
export const COLUMNS: readonly ColumnName[] = ['price', 'name', 'nameHigh', 'nameLow', 'createdAt', 'producer'];

const COLUMN_BYTES = 4 * BLOCK_IDS;

export function columnKey(column: ColumnName): string {
  return `column:${column}`;
}

export function valueIn(column: ColumnName, product: IndexedProduct): number {
  switch (column) {
    case 'producer':
      return product.producerId;
    case 'price':
      return codeOf('price', product.priceMinor);
    case 'name':
      return codeOf('name', product.nameText);
    case 'nameHigh':
      return nameIdentityOf(product.nameText).high;
    case 'nameLow':
      return nameIdentityOf(product.nameText).low;
    case 'createdAt':
      return codeOf('createdAt', product.createdAtMs);
  }
}

export class Column {
  private readonly blocks = new Map<number, Uint32Array>();

  valuesOf(block: number): Uint32Array | undefined {
    return this.blocks.get(block);
  }

  /** 0 where there is no such product. */
  valueOf(id: number): number {
    return this.blocks.get(blockOf(id))?.[id % BLOCK_IDS] ?? 0;
  }

  store(block: number, stored: DataView): void {
    const values = new Uint32Array(BLOCK_IDS);
    for (let at = 0; at < BLOCK_IDS; at++) values[at] = stored.getUint32(4 * at, true);
    this.blocks.set(block, values);
  }

  withoutBlocks(blocks: ReadonlySet<number>): Column {
    const rest = new Column();
    for (const [block, values] of this.blocks) if (!blocks.has(block)) rest.blocks.set(block, values);
    return rest;
  }

  get byteLength(): number {
    return this.blocks.size * COLUMN_BYTES;
  }

  /** How many products have a value between these, both included. */
  countBetween(lowest: number, highest: number): number {
    let count = 0;
    for (const values of this.blocks.values())
      for (const value of values) if (value >= lowest && value <= highest) count += 1;
    return count;
  }
}

/** A block of a column with these values changed; from nothing where it has none yet. */
export function withValues(stored: DataView | undefined, changed: readonly (readonly [id: number, value: number])[]) {
  const bytes = new Uint8Array(COLUMN_BYTES);
  if (stored !== undefined) bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  const view = new DataView(bytes.buffer);
  for (const [id, value] of changed) view.setUint32(4 * (id % BLOCK_IDS), value, true);
  return bytes;
}
