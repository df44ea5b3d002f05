/** What is said of cached answers, for the OpenAPI document. */
import { describeHeader } from '@platform/http';

export const CACHED_HEADERS = {
  ETag: describeHeader(
    'Of exactly these bytes; with `If-None-Match` they are not sent again',
    '"5Lq2n8yJm0pX1vQeT7sRaw"',
  ),
  'Cache-Control': describeHeader('RFC 9111 and RFC 5861', 'public, max-age=60, stale-while-revalidate=600'),
  'Cache-Status': describeHeader(
    'RFC 9211: where the answer comes from, and how long it is fresh',
    'FarmLokal; hit; ttl=42',
  ),
  Age: describeHeader('Seconds since it was made; not on an answer that no cache was asked for', '18'),
} as const;
