/** A block of the search index: what is stored for 8,192 neighbouring ids, and how it changes with their products. */
import { BLOCK_IDS, blockOf } from './block';
import { columnKey, COLUMNS, valueIn, withValues, type ColumnName } from './column';
import { keysOf, type IndexedProduct } from './index-keys';
import { offsetsIn, toContainer } from './container';

/** One stored value: the ids in a set, or the values of a column. */
export interface IndexEntry {
  readonly key: string;
  /** How many ids the set has in this block; 0 for a column. */
  readonly size: number;
  readonly data: Uint8Array;
}

/** A product before and after a change; `before` is missing when it is new, `after` when it was deleted. */
export interface IndexChange {
  readonly id: number;
  readonly before?: IndexedProduct | undefined;
  readonly after?: IndexedProduct | undefined;
}

/** The whole block, from all its products in the order of their ids. */
export function buildBlock(products: readonly IndexedProduct[]): IndexEntry[] {
  const sets = new Map<string, number[]>();
  for (const product of products) {
    for (const key of keysOf(product)) append(sets, key, product.id % BLOCK_IDS);
  }
  const entries = [...sets].map(([key, offsets]) => toEntry(key, offsets));
  return products.length === 0 ? [] : [...entries, ...COLUMNS.map((column) => columnEntry(column, products))];
}

/** What changes in a block: which ids leave and enter which sets, and whose values change. */
export interface BlockDelta {
  readonly left: ReadonlyMap<string, readonly number[]>;
  readonly entered: ReadonlyMap<string, readonly number[]>;
  readonly valued: ReadonlyMap<ColumnName, readonly IndexedProduct[]>;
}

/** Of changes in one block, each of another product. */
export function deltaOf(changes: readonly IndexChange[]): BlockDelta {
  const left = new Map<string, number[]>();
  const entered = new Map<string, number[]>();
  const valued = new Map<ColumnName, IndexedProduct[]>();
  for (const { id, before, after } of changes) {
    const oldKeys = before === undefined ? new Set<string>() : keysOf(before);
    const newKeys = after === undefined ? new Set<string>() : keysOf(after);
    for (const key of oldKeys) if (!newKeys.has(key)) append(left, key, id % BLOCK_IDS);
    for (const key of newKeys) if (!oldKeys.has(key)) append(entered, key, id % BLOCK_IDS);
    for (const column of COLUMNS)
      if (after !== undefined && (before === undefined || valueIn(column, before) !== valueIn(column, after)))
        append(valued, column, after);
  }
  return { left, entered, valued };
}

/** The keys whose stored entries the delta needs. */
export function touchedKeys({ left, entered, valued }: BlockDelta): string[] {
  return [...new Set([...left.keys(), ...entered.keys()]), ...[...valued.keys()].map(columnKey)];
}

/** What becomes of the stored entries of a block, by key; a size of 0 empties a set. */
export function changeBlock(stored: ReadonlyMap<string, DataView>, delta: BlockDelta): IndexEntry[] {
  const { left, entered, valued } = delta;
  const sets = [...new Set([...left.keys(), ...entered.keys()])].map((key) => {
    const offsets = new Set(offsetsOf(stored.get(key)));
    for (const offset of left.get(key) ?? []) offsets.delete(offset);
    for (const offset of entered.get(key) ?? []) offsets.add(offset);
    const ascending = [...offsets].sort((a, b) => a - b);
    return toEntry(key, ascending);
  });
  return [...sets, ...[...valued].map(([name, products]) => columnEntry(name, products, stored.get(columnKey(name))))];
}

/** Changes by the block they fall into, blocks ascending: the order in which all writers lock them. */
export function byBlock(changes: readonly IndexChange[]): [block: number, changes: IndexChange[]][] {
  const blocks = new Map<number, IndexChange[]>();
  for (const change of changes) append(blocks, blockOf(change.id), change);
  return [...blocks].sort(([a], [b]) => a - b);
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const present = lists.get(key);
  if (present === undefined) lists.set(key, [value]);
  else present.push(value);
}

function offsetsOf(posting: DataView | undefined): number[] {
  return posting === undefined ? [] : offsetsIn(posting);
}

function toEntry(key: string, offsets: readonly number[]): IndexEntry {
  return { key, size: offsets.length, data: toContainer(offsets) };
}

function columnEntry(column: ColumnName, products: readonly IndexedProduct[], stored?: DataView): IndexEntry {
  const changed = products.map((product) => [product.id, valueIn(column, product)] as const);
  return { key: columnKey(column), size: 0, data: withValues(stored, changed) };
}
