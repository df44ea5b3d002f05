/**
 * What a client is told of its limit, in the form of the IETF draft "RateLimit header fields for HTTP"
 * (draft-ietf-httpapi-ratelimit-headers-10): structured fields, seconds.
 */
import { describeHeader } from '@platform/http';

export interface RateLimit {
  readonly name: 'default' | 'webhook';
  readonly max: number;
  readonly windowSeconds: number;
  /** `"default";q=100;w=60` */
  readonly policyHeader: string;
}

export function toRateLimit(name: RateLimit['name'], max: number, windowSeconds: number): RateLimit {
  return { name, max, windowSeconds, policyHeader: `"${name}";q=${max};w=${windowSeconds}` };
}

/** `"default";r=42;t=17`: that many more, until so many seconds are over. */
export function toLimitHeader({ name, max }: RateLimit, hits: number, resetSeconds: number): string {
  return `"${name}";r=${Math.max(0, max - hits)};t=${resetSeconds}`;
}

/** For the OpenAPI document. */
export const RATE_LIMIT_HEADERS = {
  'RateLimit-Policy': describeHeader('So many requests in so many seconds', '"default";q=100;w=60'),
  RateLimit: describeHeader('So many are left, until so many seconds are over', '"default";r=42;t=17'),
} as const;
