/** What is found out while an answer is made and belongs into the line of its request. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestNotes {
  /** How the cache answered. */
  cache?: string;
  /** The ways by which a list was read. */
  plan?: string;
}

const gathering = new AsyncLocalStorage<RequestNotes>();

/** Does the work; what is noted in it goes to these notes. */
export function gatherNotes<T>(notes: RequestNotes, work: () => Promise<T>): Promise<T> {
  return gathering.run(notes, work);
}

/** Does nothing where no request waits for the work. */
export function notePlan(path: string): void {
  const notes = gathering.getStore();
  if (notes === undefined || notes.plan?.split('+').includes(path)) return;
  notes.plan = notes.plan === undefined ? path : `${notes.plan}+${path}`;
}
