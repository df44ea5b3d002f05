/** Headers of cached responses, for the OpenAPI document. */
import { describeHeader } from '@platform/http';

export const CACHED_HEADERS = {
  ETag: describeHeader(
    'Identifies exactly these bytes; send it in `If-None-Match` to receive 304 if they are unchanged',
    '"5Lq2n8yJm0pX1vQeT7sRaw"',
  ),
  'Cache-Control': describeHeader(
    'How long the response may be reused (RFC 9111, RFC 5861)',
    'public, max-age=60, stale-while-revalidate=600, stale-if-error=86400',
  ),
  'Cache-Status': describeHeader(
    'Source of the response, and its remaining freshness in seconds (RFC 9211)',
    'FarmLokal; hit; ttl=42',
  ),
  Age: describeHeader('Seconds since the response was generated; absent if the cache is disabled', '18'),
} as const;
