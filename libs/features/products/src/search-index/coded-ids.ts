const FIRST_ROOM = 1_024;

/** Ids and a code of each, side by side; those of equal codes by the id. */
export interface CodedIds {
  readonly codes: Uint32Array;
  readonly ids: Float64Array;
}

/** Takes as many as come. */
export class CodedIdList {
  private codes = new Uint32Array(FIRST_ROOM);
  private ids = new Float64Array(FIRST_ROOM);
  private length = 0;

  push(code: number, id: number): void {
    if (this.length === this.ids.length) this.makeRoom();
    this.codes[this.length] = code;
    this.ids[this.length++] = id;
  }

  whole(): CodedIds {
    return { codes: this.codes.subarray(0, this.length), ids: this.ids.subarray(0, this.length) };
  }

  private makeRoom(): void {
    const { codes, ids } = this;
    this.codes = new Uint32Array(2 * this.length);
    this.ids = new Float64Array(2 * this.length);
    this.codes.set(codes);
    this.ids.set(ids);
  }
}

export function joined(parts: readonly CodedIds[]): CodedIds {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const whole = new CodedIdList();
  for (const { codes, ids } of parts) for (let at = 0; at < ids.length; at++) whole.push(codes[at]!, ids[at]!);
  return whole.whole();
}

export function keepIf({ codes, ids }: CodedIds, isKept: (at: number) => boolean): CodedIds {
  const kept = new CodedIdList();
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(codes[at]!, ids[at]!);
  return kept.whole();
}
