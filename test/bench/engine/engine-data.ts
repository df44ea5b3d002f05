/**
 * Ids of a given number, with sets and a column of keys: as structures of the engine and as plain arrays. The same size
 * yields the same data in every run.
 */
// By path: this file runs as compiled by tsc, which leaves the alias @engine/search unresolved.
import { BLOCK_IDS, Column, IdSet } from '../../../libs/engine/search/src';
import { chanceFrom } from '../../support/chance';

/** A set of random ids. */
interface SampleSet {
  readonly set: IdSet;
  /** The same ids, ascending. */
  readonly ids: Uint32Array;
}

export interface EngineData {
  readonly size: number;
  /** Sets of about this share of all ids. */
  readonly half: SampleSet;
  readonly third: SampleSet;
  readonly tenth: SampleSet;
  readonly sparse: SampleSet;
  /** Sets of about one in 10,000 ids each. */
  readonly verySparse: readonly SampleSet[];
  /** Key of each id, from 0 to MAX_KEY, evenly distributed; the same as in `column`. */
  readonly keys: Uint32Array;
  readonly column: Column;
  /** Milliseconds in which all blocks of the column were sorted, once. */
  readonly sortMs: number;
}

/** Keys of 24 bits and ids below 2²⁴ are pairs that one number holds, which plain arrays sort fastest. */
export const MAX_KEY = 2 ** 24 - 1;

export const SPARSE = 5_000;
export const VERY_SPARSE = 10_000;
export const VERY_SPARSE_SETS = 100;

export function createEngineData(size: number): EngineData {
  const random = chanceFrom(size);
  const sample = (one: number) => sampleOf(size, 1 / one, random);
  // Whole blocks, as the column stores them; the ids beyond `size` are in no set.
  const keys = Uint32Array.from({ length: Math.ceil(size / BLOCK_IDS) * BLOCK_IDS }, () =>
    Math.floor(random() * (MAX_KEY + 1)),
  );
  const column = toColumn(keys);
  const startedMs = performance.now();
  for (const _order of column.sort());
  const sortMs = performance.now() - startedMs;
  const [half, third, tenth, sparse] = [sample(2), sample(3), sample(10), sample(SPARSE)];
  const verySparse = Array.from({ length: VERY_SPARSE_SETS }, () => sample(VERY_SPARSE));
  return { size, half, third, tenth, sparse, verySparse, keys, column, sortMs };
}

/** Selects each id with a probability: the gaps between selected ids have a geometric distribution. */
function sampleOf(size: number, probability: number, random: () => number): SampleSet {
  const ids: number[] = [];
  const scale = Math.log(1 - probability);
  const gap = () => Math.floor(Math.log(1 - random()) / scale);
  for (let id = gap(); id < size; id += 1 + gap()) ids.push(id);
  return { set: IdSet.of(ids), ids: Uint32Array.from(ids) };
}

/** The engine stores little-endian values, which is the order of all processors that Node.js supports but s390x. */
function toColumn(keys: Uint32Array): Column {
  const column = new Column();
  for (let block = 0; block < keys.length / BLOCK_IDS; block++)
    column.store(block, new DataView(keys.buffer, 4 * block * BLOCK_IDS, 4 * BLOCK_IDS));
  return column;
}
