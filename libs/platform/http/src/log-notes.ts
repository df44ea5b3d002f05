/** What was found out while an answer was made, kept beside it and not in it, for the line of its request. */
const kept = new WeakMap<object, LogNotes>();

export interface LogNotes {
  /** The ways by which a list was read. */
  readonly plan?: string;
}

export function withLogNotes<T extends object>(answer: T, notes: LogNotes): T {
  kept.set(answer, notes);
  return answer;
}

export function logNotesOf(answer: unknown): LogNotes | undefined {
  return typeof answer === 'object' && answer !== null ? kept.get(answer) : undefined;
}
