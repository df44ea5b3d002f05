/** What an `Accept` header lets us send. */
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { httpPolicy } from './http.policy';

export function acceptsAny(accept: string | undefined, types: readonly string[]): boolean {
  const restriction = restrictionOf(accept);
  return restriction === undefined || inOrder(restriction, types).length > 0;
}

/** Clients write a handful of these; what was read is remembered, up to a bound. */
const read = new LRUCache<string, boolean>({ max: 500 });

export function acceptsJson(accept: string | undefined): boolean {
  const restriction = restrictionOf(accept);
  if (restriction === undefined) return true;
  const known = read.get(restriction);
  if (known !== undefined) return known;
  const isAccepted = inOrder(restriction, ['application/json']).length > 0;
  read.set(restriction, isAccepted);
  return isAccepted;
}

/** Of these types the one that the client prefers, the first where it has no preference. */
export function preferredOf<T extends string>(accept: string | undefined, types: readonly [T, ...T[]]): T {
  const restriction = restrictionOf(accept);
  return restriction === undefined ? types[0] : (inOrder(restriction, types)[0] ?? types[0]);
}

/** Undefined if anything is accepted. A header beyond the length limit is ignored, as RFC 9110 §12.5.1 allows. */
function restrictionOf(accept = ''): string | undefined {
  const isIgnored = accept === '' || accept === '*/*' || accept.length > httpPolicy.maxAcceptLength;
  return isIgnored ? undefined : accept;
}

/** Those it accepts, as it prefers them. A version or a charset is left to whoever answers. */
function inOrder<T extends string>(accept: string, types: readonly T[]): T[] {
  const plain = accept.replace(/;(?!\s*q\s*=)[^;,]*/gi, '');
  return new Negotiator({ headers: { accept: plain } }).mediaTypes([...types]) as T[];
}
