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

export function sortOfKey(key: string): CodedSort {
  return key.slice('sort:'.length) as CodedSort;
}

/** The whole block, from all its products in the order of their ids. */
export function buildBlock(products: readonly IndexedProduct[]): IndexEntry[] {
  const sets = new Map<string, number[]>();
  for (const product of products) {
    for (const key of keysOf(product)) {
      const offsets = sets.get(key);
      if (offsets === undefined) sets.set(key, [product.id % BLOCK_IDS]);
      else offsets.push(product.id % BLOCK_IDS);
    }
  }
  const entries = [...sets].map(([key, offsets]) => toEntry(key, offsets));
  return products.length === 0 ? [] : [...entries, ...CODED_SORTS.map((sort) => codesEntry(sort, products))];
}

/** The keys whose entries these changes of one block touch. */
export function touchedKeys(changes: readonly IndexChange[]): Set<string> {
  const keys = new Set<string>();
  for (const { before, after } of changes) {
    const left = before === undefined ? new Set<string>() : keysOf(before);
    const entered = after === undefined ? new Set<string>() : keysOf(after);
    for (const key of left) if (!entered.has(key)) keys.add(key);
    for (const key of entered) if (!left.has(key)) keys.add(key);
    for (const sort of CODED_SORTS)
      if (after !== undefined && (before === undefined || codeIn(sort, before) !== codeIn(sort, after)))
        keys.add(sortKey(sort));
  }
  return keys;
}

/** What becomes of the stored entries of a block, by key, when its products change; a size of 0 empties a set. */
export function changeBlock(
  stored: ReadonlyMap<string, DataView>,
  touched: ReadonlySet<string>,
  changes: readonly IndexChange[],
): IndexEntry[] {
  const sets = new Map<string, Set<number>>();
  const setOf = (key: string): Set<number> => {
    const present = sets.get(key) ?? new Set(offsetsOf(stored.get(key)));
    sets.set(key, present);
    return present;
  };
  for (const { id, before, after } of changes) {
    const left = before === undefined ? [] : keysOf(before);
    const entered = after === undefined ? [] : keysOf(after);
    for (const key of left) if (touched.has(key)) setOf(key).delete(id % BLOCK_IDS);
    for (const key of entered) if (touched.has(key)) setOf(key).add(id % BLOCK_IDS);
  }
  const products = changes.flatMap(({ after }) => after ?? []);
  return [
    ...[...sets].map(([key, offsets]) =>
      toEntry(
        key,
        [...offsets].sort((a, b) => a - b),
      ),
    ),
    ...CODED_SORTS.filter((sort) => touched.has(sortKey(sort))).map((sort) =>
      codesEntry(sort, products, stored.get(sortKey(sort))),
    ),
  ];
}

/** Changes by the block they fall into, blocks ascending: the order in which all writers lock them. */
export function byBlock(changes: readonly IndexChange[]): [block: number, changes: IndexChange[]][] {
  const blocks = new Map<number, IndexChange[]>();
  for (const change of changes) {
    const block = blocks.get(blockOf(change.id));
    if (block === undefined) blocks.set(blockOf(change.id), [change]);
    else block.push(change);
  }
  return [...blocks].sort(([a], [b]) => a - b);
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
