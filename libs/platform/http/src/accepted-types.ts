/** What an `Accept` header lets us send. */
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

export function acceptsAny(accept: string | undefined, types: readonly string[]): boolean {
  return accept === undefined || accept === '' || accept === '*/*' || inOrder(accept, types).length > 0;
}

/** Clients write a handful of these; what was read is remembered, up to a bound. */
const read = new LRUCache<string, boolean>({ max: 500 });

export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*') return true;
  const known = read.get(accept);
  if (known !== undefined) return known;
  const isAccepted = acceptsAny(accept, ['application/json']);
  read.set(accept, isAccepted);
  return isAccepted;
}

/** Of these types the one that the client prefers, the first where it has no preference. */
export function preferredOf<T extends string>(accept: string | undefined, types: readonly [T, ...T[]]): T {
  return accept === undefined || accept === '' ? types[0] : (inOrder(accept, types)[0] ?? types[0]);
}

/** Those it accepts, as it prefers them. A version or a charset is left to whoever answers. */
function inOrder<T extends string>(accept: string, types: readonly T[]): T[] {
  const plain = accept.replace(/;(?!\s*q\s*=)[^;,]*/gi, '');
  return new Negotiator({ headers: { accept: plain } }).mediaTypes([...types]) as T[];
}
