/** Limits how much of a request a problem repeats: a short request must not cause a long response. */
import type { Fault } from '@platform/errors';
import { httpPolicy } from '../http.policy';

/** Describes the first `maxFaultsListed` faults; `describe` is not called for the others. */
export function firstFaults<T>(faults: readonly T[], describe: (fault: T) => Fault): Fault[] {
  return faults.slice(0, httpPolicy.maxFaultsListed).map(describe);
}

/** Truncates a name sent by a client to `maxNameShown` characters. */
export function shownName(name: string): string {
  return name.length > httpPolicy.maxNameShown ? `${name.slice(0, httpPolicy.maxNameShown)}…` : name;
}
