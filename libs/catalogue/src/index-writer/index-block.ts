/**
 * A block of the search index: the entries stored for 8,192 neighbouring ids, and how they change with the products.
 */
import { BLOCK_IDS, blockOf, offsetsIn, toContainer, withValues } from '@engine/search';
import { columnKey, COLUMNS, valueIn, type ColumnName } from './columns';
import { keysOf, keysWithoutWords, type IndexedProduct, type IndexedProperties } from './index-keys';

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
  readonly before?: IndexedProperties | undefined;
  readonly after?: IndexedProperties | undefined;
}

/** Builds all entries of a block from its products, which must be ordered by id. */
export function buildBlock(products: readonly IndexedProduct[]): IndexEntry[] {
  const sets = new Map<string, number[]>();
  for (const product of products) {
    const offset = product.id % BLOCK_IDS;
    for (const key of keysOf(product)) append(sets, key, offset);
  }
  const entries = [...sets].map(([key, offsets]) => toEntry(key, offsets));
  const columns = COLUMNS.map((column) =>
    columnEntry(
      column,
      products.map((product) => [product.id, valueIn(column, product)]),
    ),
  );
  return products.length === 0 ? [] : [...entries, ...columns];
}

/** Changes to a block: offsets removed from and added to sets, and products with changed column values. */
export interface BlockDelta {
  readonly removed: ReadonlyMap<string, readonly number[]>;
  readonly added: ReadonlyMap<string, readonly number[]>;
  readonly changedValues: ReadonlyMap<ColumnName, readonly ColumnValue[]>;
}

type ColumnValue = readonly [id: number, value: number];

/**
 * Returns the delta of changes in one block, each to another product. id 7 comes into stock →
 * `added: stock → [7]`.
 */
export function deltaOf(changes: readonly IndexChange[]): BlockDelta {
  const removed = new Map<string, number[]>();
  const added = new Map<string, number[]>();
  const changedValues = new Map<ColumnName, ColumnValue[]>();
  for (const { id, before, after } of changes) {
    const [oldKeys, newKeys] = keysBeforeAndAfter(before, after);
    const offset = id % BLOCK_IDS;
    for (const key of oldKeys) if (!newKeys.has(key)) append(removed, key, offset);
    for (const key of newKeys) if (!oldKeys.has(key)) append(added, key, offset);
    for (const column of COLUMNS)
      if (after !== undefined && (before === undefined || valueIn(column, before) !== valueIn(column, after)))
        append(changedValues, column, [id, valueIn(column, after)]);
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
    const isMember = new Uint8Array(BLOCK_IDS); // faster than a sorted set of thousands of offsets
    for (const offset of offsetsOf(stored.get(key))) isMember[offset] = 1;
    for (const offset of removed.get(key) ?? []) isMember[offset] = 0;
    for (const offset of added.get(key) ?? []) isMember[offset] = 1;
    return toEntry(key, offsetsOfMembers(isMember));
  });
  return [
    ...sets,
    ...[...changedValues].map(([name, values]) => columnEntry(name, values, stored.get(columnKey(name)))),
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

/** Returns the keys of both, without the words if the texts are equal. */
function keysBeforeAndAfter(before: IndexedProperties | undefined, after: IndexedProperties | undefined) {
  const hasSameTexts = before?.searchText === after?.searchText && before?.nameText === after?.nameText;
  const keysIn = hasSameTexts ? keysWithoutWords : keysOf;
  return [before, after].map((product) => new Set(product && keysIn(product))) as [Set<string>, Set<string>];
}

function offsetsOfMembers(isMember: Uint8Array): number[] {
  const offsets: number[] = [];
  isMember.forEach((value, offset) => {
    if (value === 1) offsets.push(offset);
  });
  return offsets;
}

function offsetsOf(container: DataView | undefined): number[] {
  return container === undefined ? [] : offsetsIn(container);
}

function toEntry(key: string, offsets: readonly number[]): IndexEntry {
  return { key, size: offsets.length, data: toContainer(offsets) };
}

function columnEntry(column: ColumnName, changed: readonly ColumnValue[], stored?: DataView): IndexEntry {
  return { key: columnKey(column), size: 0, data: withValues(stored, changed) };
}
