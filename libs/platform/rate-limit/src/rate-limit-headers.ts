/**
 * Rate limit headers of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10):
 * structured fields, times in seconds.
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

/** `"default";r=42;t=17`: 42 requests remain in the window, which ends in 17 s. */
export function toLimitHeader({ name, max }: RateLimit, hits: number, resetSeconds: number): string {
  return `"${name}";r=${Math.max(0, max - hits)};t=${resetSeconds}`;
}

/** For the OpenAPI document. */
export const RATE_LIMIT_HEADERS = {
  'RateLimit-Policy': describeHeader('Limit of q requests per window of w seconds', '"default";q=100;w=60'),
  RateLimit: describeHeader('r requests remain in the window, which ends in t seconds', '"default";r=42;t=17'),
} as const;
