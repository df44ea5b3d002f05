/** Ids and their abbreviated keys in parallel arrays; ids of equal keys are ascending. */
export interface KeyedIds {
  readonly abbreviatedKeys: Uint32Array;
  readonly ids: Float64Array;
}

const INITIAL_CAPACITY = 1_024;

/** Growing list of ids and keys. */
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

/** Keeps the ids at the indexes that pass a test. */
export function filterKeyedIds({ abbreviatedKeys, ids }: KeyedIds, isKept: (at: number) => boolean): KeyedIds {
  const kept = new KeyedIdList();
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(abbreviatedKeys[at]!, ids[at]!);
  return kept.toKeyedIds();
}
