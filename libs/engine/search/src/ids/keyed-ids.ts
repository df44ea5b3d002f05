/**
 * Ids and their abbreviated keys in parallel arrays of one length; ids of equal keys are ascending. The keys are in any
 * order: keys `[7, 5, 7]` of ids `[1, 2, 3]`.
 */
export interface KeyedIds {
  /** From 0 to 2³² − 1. */
  readonly abbreviatedKeys: Uint32Array;
  /** Whole numbers up to `Number.MAX_SAFE_INTEGER`, which exceed 32 bits. */
  readonly ids: Float64Array;
}

const INITIAL_CAPACITY = 1_024;

/** Growing list of ids and keys; its capacity doubles when it is full. */
export class KeyedIdList {
  private abbreviatedKeys = new Uint32Array(INITIAL_CAPACITY);
  private ids = new Float64Array(INITIAL_CAPACITY);
  private length = 0;

  push(abbreviatedKey: number, id: number): void {
    this.reserve(1);
    this.abbreviatedKeys[this.length] = abbreviatedKey;
    this.ids[this.length++] = id;
  }

  /** Appends the ids of those offsets that are set in the bitset `words` of their block. */
  pushMembers(offsets: Uint16Array, words: Uint32Array, values: Uint32Array, firstId: number): void {
    this.reserve(offsets.length);
    const { abbreviatedKeys, ids } = this;
    let { length } = this;
    // Every id is written, but only members advance the length: no branches, so no mispredictions.
    for (const offset of offsets) {
      abbreviatedKeys[length] = values[offset]!;
      ids[length] = firstId + offset;
      length += (words[offset >>> 5]! >>> (offset & 31)) & 1;
    }
    this.length = length;
  }

  /** Returns views of the list, not copies. */
  toKeyedIds(): KeyedIds {
    return { abbreviatedKeys: this.abbreviatedKeys.subarray(0, this.length), ids: this.ids.subarray(0, this.length) };
  }

  private reserve(more: number): void {
    if (this.length + more <= this.ids.length) return;
    const { abbreviatedKeys, ids } = this;
    const capacity = Math.max(this.length + more, 2 * this.length);
    this.abbreviatedKeys = new Uint32Array(capacity);
    this.ids = new Float64Array(capacity);
    this.abbreviatedKeys.set(abbreviatedKeys);
    this.ids.set(ids);
  }
}

/** Joins lists in the order given; a single list is returned as it is. Ids `[1]` and `[5, 3]` → `[1, 5, 3]`. */
export function concat(lists: readonly KeyedIds[]): KeyedIds {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return only;
  const length = lists.reduce((sum, { ids }) => sum + ids.length, 0);
  const result = { abbreviatedKeys: new Uint32Array(length), ids: new Float64Array(length) };
  let offset = 0;
  for (const { abbreviatedKeys, ids } of lists) {
    result.abbreviatedKeys.set(abbreviatedKeys, offset);
    result.ids.set(ids, offset);
    offset += ids.length;
  }
  return result;
}

/** Returns the ids at the indexes that pass a test, in the same order: ids `[4, 7, 9]`, `(at) => at > 0` → `[7, 9]`. */
export function filterKeyedIds({ abbreviatedKeys, ids }: KeyedIds, isKept: (at: number) => boolean): KeyedIds {
  const kept = new KeyedIdList();
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(abbreviatedKeys[at]!, ids[at]!);
  return kept.toKeyedIds();
}
