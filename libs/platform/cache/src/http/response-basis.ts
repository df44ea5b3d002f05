/** Attaches the basis of a response to the result of a handler, for the cache. */
import type { Basis } from '../response-validity';

const basisByResult = new WeakMap<object, Basis>();

export function withBasis<T extends object>(result: T, basis: Basis): T {
  basisByResult.set(result, basis);
  return result;
}

/** Throws if the handler attached none: no change could outdate the response. */
export function basisOf(result: unknown): Basis {
  const basis = typeof result === 'object' && result !== null ? basisByResult.get(result) : undefined;
  if (basis === undefined) throw new Error('the result of a cached handler has no basis; use withBasis');
  return basis;
}
