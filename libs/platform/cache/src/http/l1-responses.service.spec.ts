import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '@platform/config';
import { PathPrefix } from '@platform/http';
import { advance, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { CacheMetrics } from '../cache-metrics.service';
import { cachePolicy } from '../cache.policy';
import { CANONICAL_URL, TTL_MS, resultAfter, startReplicas, type CacheReplica } from '../testing';
import { CacheHeaders } from './cache-headers.service';
import { CanonicalUrlCache } from './canonical-url-cache.service';
import { L1Responses } from './l1-responses.service';

const URL_AS_WRITTEN = '/products?limit=020';
const ROUTE = '/products';

describe('fast path', () => {
  useVirtualTime();

  it('fast path: serves a known URL whose response is fresh in L1', async () => {
    const { inL1, canonicalUrls } = await startWithResponse();
    expect(inL1.find(URL_AS_WRITTEN)).toBeUndefined();
    canonicalUrls.remember(URL_AS_WRITTEN, { canonical: CANONICAL_URL, route: ROUTE });
    expect(inL1.find(URL_AS_WRITTEN)).toMatchObject({ route: ROUTE, result: { tier: 'process' } });
  });

  it('fast path: does not serve a stale response', async () => {
    const { inL1, canonicalUrls } = await startWithResponse();
    canonicalUrls.remember(URL_AS_WRITTEN, { canonical: CANONICAL_URL, route: ROUTE });
    await advance(TTL_MS);
    expect(inL1.find(URL_AS_WRITTEN)).toBeUndefined();
  });

  it('fast path: does not serve a response that a change has outdated', async () => {
    const { inL1, canonicalUrls, log } = await startWithResponse();
    canonicalUrls.remember(URL_AS_WRITTEN, { canonical: CANONICAL_URL, route: ROUTE });
    log.change('apples');
    expect(inL1.find(URL_AS_WRITTEN)).toBeUndefined();
  });

  it('fast path: serves nothing while the process is not current', async () => {
    const { inL1, canonicalUrls, replica } = await startWithResponse();
    canonicalUrls.remember(URL_AS_WRITTEN, { canonical: CANONICAL_URL, route: ROUTE });
    replica.validity.isCurrent = false;
    expect(inL1.find(URL_AS_WRITTEN)).toBeUndefined();
  });

  it('fast path: the cache of canonical URLs is bounded by bytes', () => {
    const canonicalUrls = new CanonicalUrlCache();
    const url = (at: number) => `/${at}`.padEnd(cachePolicy.maxCanonicalUrlBytes / 8, '-'); // two bytes per character
    for (const at of [1, 2, 3, 4]) canonicalUrls.remember(url(at), { canonical: CANONICAL_URL, route: ROUTE });
    const kept = [1, 2, 3, 4].filter((at) => canonicalUrls.find(url(at)) !== undefined);
    expect(kept).toEqual([2, 3, 4]);
  });

  it('Cache-Control: states the TTL and for how long a stale response may be served (RFC 5861)', async () => {
    const { headersAfter } = await startWithResponse();
    const headers = await headersAfter(1_500);
    expect(headers).toMatchObject({ age: '1', 'cache-status': 'FarmLokal; hit; ttl=58' });
    expect(headers['cache-control']).toBe(
      `public, max-age=${TTL_MS / 1_000}, stale-while-revalidate=${cachePolicy.staleWhileRevalidateSeconds}, ` +
        `stale-if-error=${cachePolicy.staleIfErrorSeconds}`,
    );
  });

  it('Cache-Control: a response served stale-if-error has max-age=0', async () => {
    const { origin, log, headersAfter } = await startWithResponse();
    origin.failure = new Error('the database is unavailable');
    log.change('apples');
    expect(await headersAfter(0)).toMatchObject({
      'cache-control': 'public, max-age=0',
      'cache-status': expect.stringContaining('stale-if-error') as string,
    });
  });
});

/** Starts a replica with the response in L1. */
async function startWithResponse() {
  const { origin, log, replicas } = startReplicas();
  const [replica] = replicas;
  await resultAfter(origin.loadMs, replica.get());
  const canonicalUrls = new CanonicalUrlCache();
  const responses = createCacheHeaders(replica);
  const inL1 = new L1Responses(replica.cache, canonicalUrls, responses);
  const headersAfter = async (ms: number) => {
    await advance(ms);
    const result = await resultAfter(origin.loadMs, replica.cache.get(CANONICAL_URL, origin.load));
    const { headers } = responses.fromCache(result, { headers: {} } as IncomingMessage);
    const pairs = headers.flatMap((text, at) => (at % 2 === 0 ? [[text, headers[at + 1]] as const] : []));
    return Object.fromEntries(pairs);
  };
  return { origin, log, replica, canonicalUrls, inL1, headersAfter };
}

function createCacheHeaders({ clock }: CacheReplica): CacheHeaders {
  const config = {
    cache: { isEnabled: true, ttlSeconds: TTL_MS / 1_000 },
    http: { publicUrl: undefined, trustedProxies: [] as readonly string[] },
  } as unknown as AppConfig;
  return new CacheHeaders(config, clock, new CacheMetrics(new Registry()), new PathPrefix(config));
}
