/** Ids and a code of each, side by side; those of equal codes by the id. */
export interface CodedIds {
  readonly codes: Uint32Array;
  readonly ids: Float64Array;
}

/** Takes so many at most. */
export class CodedIdList {
  private readonly codes: Uint32Array;
  private readonly ids: Float64Array;
  private length = 0;

  constructor(capacity: number) {
    this.codes = new Uint32Array(capacity);
    this.ids = new Float64Array(capacity);
  }

  push(code: number, id: number): void {
    this.codes[this.length] = code;
    this.ids[this.length++] = id;
  }

  whole(): CodedIds {
    return { codes: this.codes.subarray(0, this.length), ids: this.ids.subarray(0, this.length) };
  }
}

export function joined(parts: readonly CodedIds[]): CodedIds {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const whole = new CodedIdList(parts.reduce((sum, { ids }) => sum + ids.length, 0));
  for (const { codes, ids } of parts) for (let at = 0; at < ids.length; at++) whole.push(codes[at]!, ids[at]!);
  return whole.whole();
}

export function keepIf({ codes, ids }: CodedIds, isKept: (at: number) => boolean): CodedIds {
  const kept = new CodedIdList(ids.length);
  for (let at = 0; at < ids.length; at++) if (isKept(at)) kept.push(codes[at]!, ids[at]!);
  return kept.whole();
}
