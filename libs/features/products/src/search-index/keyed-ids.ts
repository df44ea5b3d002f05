/** Ids and a code of each, side by side; those of equal codes by the id. */
export interface KeyedIds {
  readonly abbreviatedKeys: Uint32Array;
  readonly ids: Float64Array;
}

const FIRST_ROOM = 1_024;

/** Takes as many as come. */
export class KeyedIdList {
  private abbreviatedKeys = new Uint32Array(FIRST_ROOM);
  private ids = new Float64Array(FIRST_ROOM);
  private length = 0;

  push(abbreviatedKey: number, id: number): void {
    this.makeRoomFor(1);
    this.abbreviatedKeys[this.length] = abbreviatedKey;
    this.ids[this.length++] = id;
  }

  /** Those of a block's offsets that are in its set, whose bits are `words`. */
  pushMembers(offsets: Uint16Array, words: Uint32Array, values: Uint32Array, firstId: number): void {
    this.makeRoomFor(offsets.length);
    const { abbreviatedKeys, ids } = this;
    let { length } = this;
    // Each is written, and stays where it is in the set: that has no branches to be guessed wrong.
    for (const offset of offsets) {
      abbreviatedKeys[length] = values[offset]!;
      ids[length] = firstId + offset;
      length += (words[offset >>> 5]! >>> (offset & 31)) & 1;
    }
    this.length = length;
  }

  whole(): KeyedIds {
    return { abbreviatedKeys: this.abbreviatedKeys.subarray(0, this.length), ids: this.ids.subarray(0, this.length) };
  }

  private makeRoomFor(more: number): void {
    if (this.length + more <= this.ids.length) return;
    const { abbreviatedKeys, ids } = this;
    const room = Math.max(this.length + more, 2 * this.length);
    this.abbreviatedKeys = new Uint32Array(room);
    this.ids = new Float64Array(room);
    this.abbreviatedKeys.set(abbreviatedKeys);
    this.ids.set(ids);
  }
}

export function joined(segments: readonly KeyedIds[]): KeyedIds {
  const [only, ...others] = segments;
  if (only !== undefined && others.length === 0) return only;
  const length = segments.reduce((sum, { ids }) => sum + ids.length, 0);
  const whole = { abbreviatedKeys: new Uint32Array(length), ids: new Float64Array(length) };
  let filled = 0;
  for (const { abbreviatedKeys, ids } of segments) {
    whole.abbreviatedKeys.set(abbreviatedKeys, filled);
    whole.ids.set(ids, filled);
    filled += ids.length;
  }
  return whole;
}

export function keepIf({ abbreviatedKeys, ids }: KeyedIds, isKept: (at: number) => boolean): KeyedIds {
  const kept = new KeyedIdList();
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(abbreviatedKeys[at]!, ids[at]!);
  return kept.whole();
}
