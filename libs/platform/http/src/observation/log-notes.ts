/** Notes on a result for its access-log line; a WeakMap holds them, so the result stays unchanged. */
const notesByResult = new WeakMap<object, LogNotes>();

export interface LogNotes {
  /** Access paths by which a list was read. */
  readonly plan?: string;
}

export function withLogNotes<T extends object>(result: T, notes: LogNotes): T {
  notesByResult.set(result, notes);
  return result;
}

export function logNotesOf(result: unknown): LogNotes | undefined {
  return typeof result === 'object' && result !== null ? notesByResult.get(result) : undefined;
}
