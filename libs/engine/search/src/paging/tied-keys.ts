import { lowerBound } from '../blocks/lower-bound';
import type { SortKey } from '../ids/abbreviated-keys';
import type { KeyedIds } from '../ids/keyed-ids';
import { BEFORE_ALL_IDS, type KeyedPosition } from './page-selection';

/**
 * Ids with equal abbreviated keys, in the order of their full sort keys. An abbreviated key is coarser than its
 * sort key: it contains the first letters of a text, or the second of a time. The ids of one sort key are in ascending order.
 *
 * Ids `[10, 20, 30]`, numbers `[0, 1, 0]`, keys `[' tomato ', ' tomatillo ']` → ranks `[1, 0, 1]` in `keyed`.
 */
export class TiedKeys {
  /** Ascending and distinct. */
  private readonly keys: readonly SortKey[];
  /** The ids; the rank of each full sort key takes the place of the abbreviated key. */
  readonly keyed: KeyedIds;

  /**
   * `numbers` contains, for each id, the index of its key in `keys`; ids of one key are ascending. Keys are all texts or
   * all numbers, and may repeat.
   */
  constructor(ids: Float64Array, numbers: Uint16Array | Uint32Array, keys: readonly SortKey[]) {
    this.keys = [...new Set(keys)].sort(compareKeys);
    const rankOf = new Map(this.keys.map((key, rank) => [key, rank]));
    const ranks = keys.map((key) => rankOf.get(key)!);
    const abbreviatedKeys = new Uint32Array(ids.length);
    for (let at = 0; at < abbreviatedKeys.length; at++) abbreviatedKeys[at] = ranks[numbers[at]!]!;
    this.keyed = { abbreviatedKeys, ids };
  }

  /** Returns the sort key of an abbreviated key of `keyed`: rank 1 of the example → ` tomato `. */
  keyOf(abbreviatedKey: number): SortKey {
    return this.keys[abbreviatedKey]!;
  }

  /**
   * Returns the seek position for these sort keys, `[key, id]`; undefined if the segment has no start. A missing key
   * precedes the next higher one: ` tomb ` of the example → rank 2, BEFORE_ALL_IDS.
   */
  positionOf(after: readonly SortKey[] | undefined): KeyedPosition | undefined {
    if (after === undefined) return undefined;
    const [key, id] = after as [SortKey, number];
    const abbreviatedKey = lowerBound(this.keys.length, (at) => compareKeys(this.keys[at]!, key) < 0);
    return { abbreviatedKey, id: this.keys[abbreviatedKey] === key ? id : BEFORE_ALL_IDS };
  }
}

/** Compares texts as the databases do: by code points, whose order is that of their UTF-8 bytes. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'number') return a - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
}
