/** Content of the `Cache-Status` header (RFC 9211): source and remaining TTL, negative after expiry. */
export type CacheOutcome =
  | { readonly kind: 'hit' | 'revalidating' | 'outage'; readonly ttlSeconds: number }
  | { readonly kind: 'miss'; readonly isStored: boolean; readonly isCollapsed: boolean }
  | { readonly kind: 'bypass' };

export function toCacheStatus(outcome: CacheOutcome): string {
  return `FarmLokal; ${describe(outcome)}`;
}

function describe(outcome: CacheOutcome): string {
  switch (outcome.kind) {
    case 'hit':
      return `hit; ttl=${outcome.ttlSeconds}`;
    case 'revalidating':
      return `hit; ttl=${outcome.ttlSeconds}; detail=stale-while-revalidate`;
    case 'outage':
      return `fwd=stale; fwd-status=503; ttl=${outcome.ttlSeconds}; detail=stale-if-error`;
    case 'miss':
      return `fwd=miss${outcome.isStored ? '; stored' : ''}${outcome.isCollapsed ? '; collapsed' : ''}`;
    case 'bypass':
      return 'fwd=bypass';
  }
}
