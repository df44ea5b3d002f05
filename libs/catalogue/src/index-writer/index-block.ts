/**
 * A block of the search index: the entries stored for 8,192 neighbouring ids, and how they change with the products.
 */
import { BLOCK_IDS, blockOf, offsetsIn, toContainer, withValues } from '@engine/search';
import { columnKey, COLUMNS, valueIn, type ColumnName } from './columns';
import { keysOf, type IndexedProduct } from './index-keys';

/** A stored entry: the ids of a set, or the values of a column. */
export interface IndexEntry {
  readonly key: string;
  /** Number of ids of the set in this block; 0 for a column. */
  readonly size: number;
  readonly data: Uint8Array;
}

/** A product before and after a change; `before` is missing for a new product, `after` for a deleted one. */
export interface IndexChange {
  readonly id: number;
  readonly before?: IndexedProduct | undefined;
  readonly after?: IndexedProduct | undefined;
}

/** Builds all entries of a block from its products, which must be ordered by id. */
export function buildBlock(products: readonly IndexedProduct[]): IndexEntry[] {
  const sets = new Map<string, number[]>();
  for (const product of products) {
    const offset = product.id % BLOCK_IDS;
    for (const key of keysOf(product)) append(sets, key, offset);
  }
  const entries = [...sets].map(([key, offsets]) => toEntry(key, offsets));
  return products.length === 0 ? [] : [...entries, ...COLUMNS.map((column) => columnEntry(column, products))];
}

/** Changes to a block: offsets removed from and added to sets, and products with changed column values. */
export interface BlockDelta {
  readonly removed: ReadonlyMap<string, readonly number[]>;
  readonly added: ReadonlyMap<string, readonly number[]>;
  readonly changedValues: ReadonlyMap<ColumnName, readonly IndexedProduct[]>;
}

/**
 * Returns the delta of changes in one block, each to another product. `stock` of id 7 from 0 to 5 →
 * `added: stock → [7]`.
 */
export function deltaOf(changes: readonly IndexChange[]): BlockDelta {
  const removed = new Map<string, number[]>();
  const added = new Map<string, number[]>();
  const changedValues = new Map<ColumnName, IndexedProduct[]>();
  for (const { id, before, after } of changes) {
    const oldKeys = before === undefined ? new Set<string>() : keysOf(before);
    const newKeys = after === undefined ? new Set<string>() : keysOf(after);
    const offset = id % BLOCK_IDS;
    for (const key of oldKeys) if (!newKeys.has(key)) append(removed, key, offset);
    for (const key of newKeys) if (!oldKeys.has(key)) append(added, key, offset);
    for (const column of COLUMNS)
      if (after !== undefined && (before === undefined || valueIn(column, before) !== valueIn(column, after)))
        append(changedValues, column, after);
  }
  return { removed, added, changedValues };
}

/** Returns the keys of the stored entries that the delta changes. */
export function touchedKeys({ removed, added, changedValues }: BlockDelta): string[] {
  return [...new Set([...removed.keys(), ...added.keys()]), ...[...changedValues.keys()].map(columnKey)];
}

/** Returns the changed entries of a block, given the stored ones by key; the `data` of an emptied set is empty. */
export function changeBlock(stored: ReadonlyMap<string, DataView>, delta: BlockDelta): IndexEntry[] {
  const { removed, added, changedValues } = delta;
  const sets = [...new Set([...removed.keys(), ...added.keys()])].map((key) => {
    const offsets = new Set(offsetsOf(stored.get(key)));
    for (const offset of removed.get(key) ?? []) offsets.delete(offset);
    for (const offset of added.get(key) ?? []) offsets.add(offset);
    const ascending = [...offsets].sort((a, b) => a - b);
    return toEntry(key, ascending);
  });
  return [
    ...sets,
    ...[...changedValues].map(([name, products]) => columnEntry(name, products, stored.get(columnKey(name)))),
  ];
}

/** Groups changes by block, in ascending order, in which all writers lock the blocks. */
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

function offsetsOf(container: DataView | undefined): number[] {
  return container === undefined ? [] : offsetsIn(container);
}

function toEntry(key: string, offsets: readonly number[]): IndexEntry {
  return { key, size: offsets.length, data: toContainer(offsets) };
}

function columnEntry(column: ColumnName, products: readonly IndexedProduct[], stored?: DataView): IndexEntry {
  const changed = products.map((product) => [product.id, valueIn(column, product)] as const);
  return { key: columnKey(column), size: 0, data: withValues(stored, changed) };
}
