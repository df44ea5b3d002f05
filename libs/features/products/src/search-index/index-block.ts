/** A block of the search index: what is stored for 8,192 neighbouring ids, and how it changes with their products. */
import { BLOCK_IDS, blockOf } from './id-set';
import { keysOf, type IndexedProduct } from './index-keys';
import { offsetsIn, toPosting } from './posting';
import { codeOf, CODED_SORTS, withCodes, type CodedSort } from './sort-codes';

/** One stored value: the ids in a set, or the codes of a sort. */
export interface IndexEntry {
  readonly key: string;
  /** How many ids the set has in this block; 0 for codes. */
  readonly size: number;
  readonly data: Uint8Array;
}

/** A product before and after a change; `before` is missing when it is new, `after` when it was deleted. */
export interface IndexChange {
  readonly id: number;
  readonly before?: IndexedProduct | undefined;
  readonly after?: IndexedProduct | undefined;
}

export function sortKey(sort: CodedSort): string {
  return `sort:${sort}`;
}

/** The whole block, from all its products in the order of their ids. */
export function buildBlock(products: readonly IndexedProduct[]): IndexEntry[] {
  const sets = new Map<string, number[]>();
  for (const product of products) {
    for (const key of keysOf(product)) append(sets, key, product.id % BLOCK_IDS);
  }
  const entries = [...sets].map(([key, offsets]) => toEntry(key, offsets));
  return products.length === 0 ? [] : [...entries, ...CODED_SORTS.map((sort) => codesEntry(sort, products))];
}

/** What changes in a block: which ids leave and enter which sets, and whose codes change. */
export interface BlockDelta {
  readonly left: ReadonlyMap<string, readonly number[]>;
  readonly entered: ReadonlyMap<string, readonly number[]>;
  readonly coded: ReadonlyMap<CodedSort, readonly IndexedProduct[]>;
}

/** Of changes in one block, each of another product. */
export function deltaOf(changes: readonly IndexChange[]): BlockDelta {
  const left = new Map<string, number[]>();
  const entered = new Map<string, number[]>();
  const coded = new Map<CodedSort, IndexedProduct[]>();
  for (const { id, before, after } of changes) {
    const oldKeys = before === undefined ? new Set<string>() : keysOf(before);
    const newKeys = after === undefined ? new Set<string>() : keysOf(after);
    for (const key of oldKeys) if (!newKeys.has(key)) append(left, key, id % BLOCK_IDS);
    for (const key of newKeys) if (!oldKeys.has(key)) append(entered, key, id % BLOCK_IDS);
    for (const sort of CODED_SORTS)
      if (after !== undefined && (before === undefined || codeIn(sort, before) !== codeIn(sort, after)))
        append(coded, sort, after);
  }
  return { left, entered, coded };
}

/** The keys whose stored entries the delta needs. */
export function touchedKeys({ left, entered, coded }: BlockDelta): string[] {
  return [...new Set([...left.keys(), ...entered.keys()]), ...[...coded.keys()].map(sortKey)];
}

/** What becomes of the stored entries of a block, by key; a size of 0 empties a set. */
export function changeBlock(stored: ReadonlyMap<string, DataView>, delta: BlockDelta): IndexEntry[] {
  const { left, entered, coded } = delta;
  const sets = [...new Set([...left.keys(), ...entered.keys()])].map((key) => {
    const offsets = new Set(offsetsOf(stored.get(key)));
    for (const offset of left.get(key) ?? []) offsets.delete(offset);
    for (const offset of entered.get(key) ?? []) offsets.add(offset);
    const ascending = [...offsets].sort((a, b) => a - b);
    return toEntry(key, ascending);
  });
  return [...sets, ...[...coded].map(([sort, products]) => codesEntry(sort, products, stored.get(sortKey(sort))))];
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
  return { key, size: offsets.length, data: toPosting(offsets) };
}

function codesEntry(sort: CodedSort, products: readonly IndexedProduct[], stored?: DataView): IndexEntry {
  const changed = products.map((product) => [product.id, codeIn(sort, product)] as const);
  return { key: sortKey(sort), size: 0, data: withCodes(stored, changed) };
}

function codeIn(sort: CodedSort, { priceMinor, nameText, createdAtMs }: IndexedProduct): number {
  return codeOf(sort, { price: priceMinor, name: nameText, createdAt: createdAtMs }[sort]);
}
