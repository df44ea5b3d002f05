/** The measured operations, each with the engine and on plain arrays. */
// By path: this file runs as compiled by tsc, which leaves the alias @engine/search unresolved.
import {
  IdSet,
  selectPage,
  topKCandidates,
  type KeyedPosition,
  type PageWindow,
} from '../../../libs/engine/search/src';
import {
  filterByKey,
  intersectByMerging,
  intersectBySearching,
  selectBySorting,
  uniteBySorting,
} from './engine-baselines';
import { MAX_KEY, SPARSE, VERY_SPARSE, VERY_SPARSE_SETS, type EngineData } from './engine-data';

export interface EngineCase {
  readonly name: string;
  readonly engine: () => IdSet | readonly KeyedPosition[];
  /** The method on plain arrays. */
  readonly method: string;
  readonly plain: () => ArrayLike<number>;
}

/** A page of 20, and one id more, which shows whether the list continues. */
const LIMIT = 21;
const DEEP_OFFSET = 100_000;

export function engineCases(data: EngineData): EngineCase[] {
  return [...setCases(data), ...filterCases(data), ...pageCases(data)];
}

function setCases({ half, third, tenth, sparse, verySparse }: EngineData): EngineCase[] {
  return [
    {
      name: 'intersection of 1/2 and 1/3 of the ids',
      engine: () => IdSet.intersectionOf([half.set, third.set]),
      method: 'merging two arrays',
      plain: () => intersectByMerging(half.ids, third.ids),
    },
    {
      name: `intersection of 1/2 and 1/${SPARSE}`,
      engine: () => IdSet.intersectionOf([sparse.set, half.set]),
      method: 'binary search of each id',
      plain: () => intersectBySearching(sparse.ids, half.ids),
    },
    {
      name: 'intersection of 1/2, 1/3 and 1/10',
      engine: () => IdSet.intersectionOf([half.set, third.set, tenth.set]),
      method: 'merging, shortest first',
      plain: () => intersectByMerging(intersectByMerging(tenth.ids, third.ids), half.ids),
    },
    {
      name: `union of ${VERY_SPARSE_SETS} sets of 1/${VERY_SPARSE}`,
      engine: () => IdSet.unionOf(verySparse.map(({ set }) => set)),
      method: 'sorting all ids',
      plain: () => uniteBySorting(verySparse.map(({ ids }) => ids)),
    },
  ];
}

/** The filter changes a set in place, so the figure includes a copy of it. */
function filterCases({ half, keys, column }: EngineData): EngineCase[] {
  const shares = [
    { name: '80 %', share: 0.8 },
    { name: '1 %', share: 0.01 },
  ];
  return shares.map(({ name, share }) => {
    const lowest = Math.floor(0.1 * MAX_KEY);
    const highest = Math.floor((0.1 + share) * MAX_KEY);
    return {
      name: `1/2 of the ids, filtered by a range of ${name}`,
      engine: () => {
        const kept = IdSet.intersectionOf([half.set]);
        kept.keepBetween(column, lowest, highest);
        return kept;
      },
      method: 'testing each key',
      plain: () => filterByKey(half.ids, keys, lowest, highest),
    };
  });
}

function pageCases(data: EngineData): EngineCase[] {
  const start = middleOf(data);
  const offsets = [0, DEEP_OFFSET].flatMap((offset) => [
    pageCase(data, `page of 1/2 at offset ${offset}`, { direction: 'asc', offset, limit: LIMIT }),
    pageCase(data, `page of 1/2 at offset ${offset}`, { direction: 'desc', offset, limit: LIMIT }),
  ]);
  return [
    ...offsets,
    pageCase(data, 'page of 1/2 after the middle of the list', { direction: 'asc', offset: 0, limit: LIMIT }, start),
    pageCase(data, 'page of 1/2 after the middle of the list', { direction: 'desc', offset: 0, limit: LIMIT }, start),
  ];
}

/** Returns the seek position of the id whose key is closest to the middle of all keys. */
function middleOf({ half, keys }: EngineData): KeyedPosition {
  const distanceOf = (id: number) => Math.abs(keys[id]! - MAX_KEY / 2);
  const id = half.ids.reduce((closest, each) => (distanceOf(each) < distanceOf(closest) ? each : closest));
  return { abbreviatedKey: keys[id]!, id };
}

function pageCase(
  { half, keys, column }: EngineData,
  name: string,
  page: PageWindow,
  start?: KeyedPosition,
): EngineCase {
  const bounds = [0, MAX_KEY] as const;
  const matches = { ids: half.set, count: half.ids.length, column, bounds, postFilter: undefined };
  return {
    name: `${name}, ${page.direction === 'asc' ? 'ascending' : 'descending'}`,
    engine: () => {
      const { keyed, before } = topKCandidates(matches, page, start?.abbreviatedKey);
      return selectPage(keyed, { ...page, offset: page.offset - before }, start);
    },
    method: 'sorting all pairs',
    plain: () => selectBySorting(half.ids, keys, page, start),
  };
}

/** Throws if the engine and the plain arrays return different ids, or ids in a different order. */
export function verifyCase({ name, engine, plain }: EngineCase): void {
  const result = engine();
  const ids = result instanceof IdSet ? result.toArray() : result.map(({ id }) => id);
  const expected = plain();
  const isSame = ids.length === expected.length && ids.every((id, at) => id === expected[at]);
  if (!isSame) throw new Error(`${name}: the engine and the plain arrays return different ids`);
}
