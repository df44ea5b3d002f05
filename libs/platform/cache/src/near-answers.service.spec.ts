import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '@platform/config';
import { PathPrefix } from '@platform/http';
import { ADDRESS, resultAfter, startReplicas, TTL_MS, type CacheReplica } from '@testing/cache';
import { advance, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { AddressBook } from './address-book.service';
import { CacheMetrics } from './cache-metrics.service';
import { CacheResponses } from './cache-responses.service';
import { cachePolicy } from './cache.policy';
import { NearAnswers } from './near-answers.service';

const URL_AS_WRITTEN = '/products?limit=020';
const ROUTE = '/products';

describe('fast path', () => {
  useVirtualTime();

  it('fast path: serves a URL that was read before and whose response is fresh in L1', async () => {
    const { near, addresses } = await startWithResponse();
    expect(near.find(URL_AS_WRITTEN)).toBeUndefined();
    addresses.learn(URL_AS_WRITTEN, { canonical: ADDRESS, route: ROUTE });
    expect(near.find(URL_AS_WRITTEN)).toMatchObject({ route: ROUTE, found: { tier: 'process' } });
  });

  it('fast path: serves no response that is stale', async () => {
    const { near, addresses } = await startWithResponse();
    addresses.learn(URL_AS_WRITTEN, { canonical: ADDRESS, route: ROUTE });
    await advance(TTL_MS);
    expect(near.find(URL_AS_WRITTEN)).toBeUndefined();
  });

  it('fast path: serves no response that a change has outdated', async () => {
    const { near, addresses, replica } = await startWithResponse();
    addresses.learn(URL_AS_WRITTEN, { canonical: ADDRESS, route: ROUTE });
    await replica.version.bump();
    expect(near.find(URL_AS_WRITTEN)).toBeUndefined();
  });

  it('fast path: the URLs that it remembers are bounded by bytes', () => {
    const addresses = new AddressBook();
    const url = (at: number) => `/${at}`.padEnd(cachePolicy.maxAddressBytes / 8, '-'); // two bytes a character
    for (const at of [1, 2, 3, 4]) addresses.learn(url(at), { canonical: ADDRESS, route: ROUTE });
    const known = [1, 2, 3, 4].filter((at) => addresses.find(url(at)) !== undefined);
    expect(known).toEqual([2, 3, 4]);
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

  it('Cache-Control: a response served because the database is away is not to be stored', async () => {
    const { origin, replica, headersAfter } = await startWithResponse();
    origin.failure = new Error('the database is away');
    await replica.version.bump();
    expect(await headersAfter(0)).toMatchObject({
      'cache-control': 'public, max-age=0',
      'cache-status': expect.stringContaining('stale-if-error') as string,
    });
  });
});

/** A replica with the response in L1. */
async function startWithResponse() {
  const { origin, replicas } = await startReplicas();
  const [replica] = replicas;
  await resultAfter(origin.loadMs, replica.get());
  const addresses = new AddressBook();
  const responses = responsesOf(replica);
  const near = new NearAnswers(replica.cache, addresses, responses);
  const headersAfter = async (ms: number) => {
    await advance(ms);
    const found = await resultAfter(origin.loadMs, replica.cache.get(ADDRESS, origin.load));
    const { headers } = responses.ofCache(found, { headers: {} } as IncomingMessage);
    const pairs = headers.flatMap((text, at) => (at % 2 === 0 ? [[text, headers[at + 1]] as const] : []));
    return Object.fromEntries(pairs);
  };
  return { origin, replica, addresses, near, headersAfter };
}

function responsesOf({ clock }: CacheReplica): CacheResponses {
  const config = {
    cache: { isEnabled: true, ttlSeconds: TTL_MS / 1_000 },
    http: { publicUrl: undefined, trustedProxies: [] as readonly string[] },
  } as unknown as AppConfig;
  return new CacheResponses(config, clock, new CacheMetrics(new Registry()), new PathPrefix(config));
}
