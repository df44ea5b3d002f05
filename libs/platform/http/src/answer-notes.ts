/** What was found out while an answer was made, kept beside it and not in it, for the line of its request. */
const kept = new WeakMap<object, AnswerNotes>();

export interface AnswerNotes {
  /** The ways by which a list was read. */
  readonly plan?: string;
}

export function annotated<T extends object>(answer: T, notes: AnswerNotes): T {
  kept.set(answer, notes);
  return answer;
}

export function notesOf(answer: unknown): AnswerNotes | undefined {
  return typeof answer === 'object' && answer !== null ? kept.get(answer) : undefined;
}
