/** Bounds what a problem repeats of a request: a short request must not cause a long answer. */
import type { Fault } from '@platform/errors';
import { httpPolicy } from './http.policy';

/** Describes as many faults as a problem lists; the others cost nothing. */
export function firstFaults<T>(found: readonly T[], describe: (one: T) => Fault): Fault[] {
  return found.slice(0, httpPolicy.maxFaultsListed).map(describe);
}

/** The beginning of a name that a client chose. */
export function shownName(name: string): string {
  return name.length > httpPolicy.maxNameShown ? `${name.slice(0, httpPolicy.maxNameShown)}…` : name;
}
