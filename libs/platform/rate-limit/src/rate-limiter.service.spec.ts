import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { advance, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { ClientAddresses } from './client/client-addresses.provider';
import { rateLimitPolicy } from './rate-limit.policy';
import { RateLimiter, type Admission } from './rate-limiter.service';
import { RedisThrottlerStorage } from './redis-throttler.storage';
import { FakeHitCounters } from './testing';

const MAX = 4;
const OUTER_MAX = MAX * rateLimitPolicy.outerNetworkFactor;
const IPV4 = '203.0.113.7';

describe('rate limiter', () => {
  useVirtualTime();
  let redis: FakeHitCounters;
  let registry: Registry;
  let limiter: RateLimiter;

  beforeEach(() => {
    redis = new FakeHitCounters();
    limiter = createLimiter(MAX);
  });

  describe('headers', () => {
    it('RateLimit: contains the limit, the remaining requests and the seconds until the window ends', async () => {
      const { headers } = await admit(IPV4);
      expect(toObject(headers)).toEqual({
        'ratelimit-policy': '"default";q=4;w=60',
        ratelimit: '"default";r=3;t=60',
      });
    });

    it('Retry-After: is sent only with a refusal, and is the time until the window ends', async () => {
      const admissions = await admitTimes(MAX + 1, IPV4);
      expect(admissions.map(({ headers }) => toObject(headers)['retry-after'])).toEqual([
        ...Array.from({ length: MAX }, () => undefined),
        '60',
      ]);
      const { exceeded, headers } = admissions[MAX]!;
      expect(exceeded).toMatchObject({ name: 'default', max: MAX });
      expect(toObject(headers)['ratelimit']).toBe('"default";r=0;t=60');
    });

    it('429: the error names the limit, and the refusal is counted', async () => {
      const error = limiter.refuse(limiter.limits.default);
      expect(error.message).toBe('The limit of 4 requests per 60 s is exceeded.');
      expect(await registry.metrics()).toContain('farmlokal_rate_limit_refusals_total{limit="default"} 1');
    });
  });

  it('limits: each has its own count', async () => {
    await admitTimes(MAX + 1, IPV4);
    expect((await limiter.admit('webhook', from(IPV4))).exceeded).toBeUndefined();
  });

  it('unlimited: with a limit of 0, nothing is counted and no header is sent', async () => {
    limiter = createLimiter(0);
    expect(await admit(IPV4)).toEqual({ exceeded: undefined, headers: [] });
    expect(limiter.admitSync('default', from(IPV4))).toEqual({ exceeded: undefined, headers: [] });
    expect(redis.commands).toEqual([]);
  });

  it('IPv4: a mapped address is the same client, and there is no outer network', async () => {
    await admitTimes(MAX, IPV4);
    expect((await admit(`::ffff:${IPV4}`)).exceeded).toBeDefined();
    expect((await admit('203.0.113.8')).exceeded).toBeUndefined();
  });

  it('IPv6: all addresses of a /64 are one client', async () => {
    for (let i = 0; i < MAX; i++) await admit(`2001:db8:1:2::${i}`);
    expect((await admit('2001:db8:1:2::ffff')).exceeded).toMatchObject({ max: MAX });
    expect((await admit('2001:db8:1:3::1')).exceeded).toBeUndefined();
  });

  it('IPv6: the networks of a /48 share ten limits, and the stricter one refuses', async () => {
    for (let network = 0; network < 10; network++) await admitTimes(MAX, inNetwork(network));
    const { exceeded, headers } = await admit(inNetwork(99));
    expect(exceeded).toMatchObject({ max: OUTER_MAX });
    expect(toObject(headers)).toMatchObject({
      'ratelimit-policy': `"default";q=${OUTER_MAX};w=60`,
      'retry-after': '60',
    });
    expect((await admit('2001:db8:2::1')).exceeded).toBeUndefined();
  });

  it('IPv6: a request that its /64 refuses is not counted for the /48', async () => {
    await admitTimes(3 * OUTER_MAX, inNetwork(0));
    expect((await admit(inNetwork(1))).exceeded).toBeUndefined();
    await advance(1_000); // all hits are reported
    expect(redis.hitsOf('default:2001:db8:1::/48')).toBe(MAX + 1);
  });

  it('IPv6: a request that its /48 refuses is not counted for the /64', async () => {
    for (let network = 0; network < 10; network++) await admitTimes(MAX, inNetwork(network));
    await admit(inNetwork(99));
    const sent = redis.commands.length;
    await admitTimes(100, inNetwork(99));
    expect(redis.commands).toHaveLength(sent);
    expect(redis.hitsOf(`default:2001:db8:1:63::/64`)).toBe(1);
  });

  it('IPv6: headers contain the limit with fewer remaining requests', async () => {
    const first = await admit(inNetwork(0));
    expect(toObject(first.headers)['ratelimit']).toBe(`"default";r=${MAX - 1};t=60`);
    for (let network = 1; network < 10; network++) await admitTimes(MAX, inNetwork(network));
    const strict = await admit(inNetwork(10));
    expect(toObject(strict.headers)['ratelimit']).toBe('"default";r=2;t=60');
    expect(toObject(strict.headers)['ratelimit-policy']).toBe(`"default";q=${OUTER_MAX};w=60`);
  });

  describe('synchronous', () => {
    it('admitSync: returns undefined and counts nothing if the /64 requires Redis', async () => {
      await admit(inNetwork(0)); // stores the shared count of the /48
      expect(limiter.admitSync('default', from(inNetwork(1)))).toBeUndefined();
      await advance(1_000);
      expect(redis.hitsOf('default:2001:db8:1:1::/64')).toBeUndefined();
      expect(redis.hitsOf('default:2001:db8:1::/48')).toBe(1);
    });

    it('admitSync: returns undefined and counts nothing if the /48 requires Redis', async () => {
      redis.add('default:2001:db8:1::/48', OUTER_MAX - 1, 60_000);
      await admit(inNetwork(0)); // the /48 is at its limit, and the /64 is not
      expect(limiter.admitSync('default', from(inNetwork(0)))).toBeUndefined();
      await advance(1_000);
      expect(redis.hitsOf('default:2001:db8:1:0::/64')).toBe(1);
      expect(redis.hitsOf('default:2001:db8:1::/48')).toBe(OUTER_MAX);
    });

    it('admitSync: counts both networks, as admit does', () => {
      redis.isAvailable = false;
      const exceeded = Array.from({ length: OUTER_MAX + 2 }, (_, i) => {
        const admission = limiter.admitSync('default', from(inNetwork(Math.floor(i / MAX))));
        return admission?.exceeded?.max;
      });
      expect(exceeded).toEqual([...Array.from({ length: OUTER_MAX }, () => undefined), OUTER_MAX, OUTER_MAX]);
    });

    it('admitSync: a request that its /64 refuses is not counted for the /48', () => {
      redis.isAvailable = false;
      for (let i = 0; i < 3 * OUTER_MAX; i++) limiter.admitSync('default', from(inNetwork(0)));
      expect(limiter.admitSync('default', from(inNetwork(1)))?.exceeded).toBeUndefined();
    });
  });

  const admit = (address: string) => limiter.admit('default', from(address));

  async function admitTimes(count: number, address: string): Promise<Admission[]> {
    const admissions: Admission[] = [];
    for (let i = 0; i < count; i++) admissions.push(await admit(address));
    return admissions;
  }

  function createLimiter(max: number): RateLimiter {
    registry = new Registry();
    const rateLimit = { max, webhookMax: max, windowSeconds: 60 };
    const config = { rateLimit, http: { trustedProxies: [] } } as unknown as AppConfig;
    const storage = new RedisThrottlerStorage(redis.client, new Clock());
    return new RateLimiter(config, new ClientAddresses(config), storage, registry);
  }
});

const inNetwork = (network: number) => `2001:db8:1:${network.toString(16)}::1`;

function from(remoteAddress: string): IncomingMessage {
  return { socket: { remoteAddress }, headers: {} } as unknown as IncomingMessage;
}

function toObject(headers: Admission['headers']): Record<string, string> {
  const entries = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
  return Object.fromEntries(entries) as Record<string, string>;
}
