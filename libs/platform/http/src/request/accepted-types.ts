/** Content negotiation by the `Accept` header. */
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { httpPolicy } from '../http.policy';

export function acceptsAny(accept: string | undefined, types: readonly string[]): boolean {
  const restriction = restrictionOf(accept);
  return restriction === undefined || acceptedOf(restriction, types).length > 0;
}

/** Parsed headers: clients send few different values. */
const jsonAcceptance = new LRUCache<string, boolean>({ max: 500 });

export function acceptsJson(accept: string | undefined): boolean {
  const restriction = restrictionOf(accept);
  if (restriction === undefined) return true;
  const cached = jsonAcceptance.get(restriction);
  if (cached !== undefined) return cached;
  const isAccepted = acceptedOf(restriction, ['application/json']).length > 0;
  jsonAcceptance.set(restriction, isAccepted);
  return isAccepted;
}

/** Returns the type with the highest quality value; the first one if none is preferred or accepted. */
export function preferredOf<T extends string>(accept: string | undefined, types: readonly [T, ...T[]]): T {
  const restriction = restrictionOf(accept);
  return restriction === undefined ? types[0] : (acceptedOf(restriction, types)[0] ?? types[0]);
}

/** Returns undefined if any type is accepted. Ignores a header beyond the length limit, as RFC 9110 §12.5.1 allows. */
function restrictionOf(accept = ''): string | undefined {
  const isIgnored = accept === '' || accept === '*/*' || accept.length > httpPolicy.maxAcceptLength;
  return isIgnored ? undefined : accept;
}

/** Returns the accepted types by descending quality value. Ignores parameters such as version and charset. */
function acceptedOf<T extends string>(accept: string, types: readonly T[]): T[] {
  const withoutParameters = accept.replace(/;(?!\s*q\s*=)[^;,]*/gi, '');
  return new Negotiator({ headers: { accept: withoutParameters } }).mediaTypes([...types]) as T[];
}
