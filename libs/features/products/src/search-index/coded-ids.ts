/** Ids and a code of each, side by side; those of equal codes by the id. */
export interface CodedIds {
  readonly codes: Uint32Array;
  readonly ids: Float64Array;
}

const FIRST_ROOM = 1_024;

/** Takes as many as come. */
export class CodedIdList {
  private codes = new Uint32Array(FIRST_ROOM);
  private ids = new Float64Array(FIRST_ROOM);
  private length = 0;

  push(code: number, id: number): void {
    this.makeRoomFor(1);
    this.codes[this.length] = code;
    this.ids[this.length++] = id;
  }

  /** Those of a block's offsets that are in its set, whose bits are `words`. */
  pushMembers(offsets: Uint16Array, words: Uint32Array, values: Uint32Array, firstId: number): void {
    this.makeRoomFor(offsets.length);
    const { codes, ids } = this;
    let { length } = this;
    // Each is written, and stays where it is in the set: that has no branches to be guessed wrong.
    for (const offset of offsets) {
      codes[length] = values[offset]!;
      ids[length] = firstId + offset;
      length += (words[offset >>> 5]! >>> (offset & 31)) & 1;
    }
    this.length = length;
  }

  whole(): CodedIds {
    return { codes: this.codes.subarray(0, this.length), ids: this.ids.subarray(0, this.length) };
  }

  private makeRoomFor(more: number): void {
    if (this.length + more <= this.ids.length) return;
    const { codes, ids } = this;
    const room = Math.max(this.length + more, 2 * this.length);
    this.codes = new Uint32Array(room);
    this.ids = new Float64Array(room);
    this.codes.set(codes);
    this.ids.set(ids);
  }
}

export function joined(parts: readonly CodedIds[]): CodedIds {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const whole = { codes: new Uint32Array(length), ids: new Float64Array(length) };
  let filled = 0;
  for (const { codes, ids } of parts) {
    whole.codes.set(codes, filled);
    whole.ids.set(ids, filled);
    filled += ids.length;
  }
  return whole;
}

export function keepIf({ codes, ids }: CodedIds, isKept: (at: number) => boolean): CodedIds {
  const kept = new CodedIdList();
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(codes[at]!, ids[at]!);
  return kept.whole();
}
