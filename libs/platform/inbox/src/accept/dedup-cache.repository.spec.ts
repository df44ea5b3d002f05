import { advance, useVirtualTime } from '@testing/resilience';
import { inboxPolicy } from '../inbox.policy';
import { TestRedis } from '../testing';
import { DedupCache } from './dedup-cache.repository';

const HASH = 'a'.repeat(64);
const OTHER_HASH = 'b'.repeat(64);

describe('dedup cache', () => {
  useVirtualTime();

  it.each(['DONE', 'SKIPPED'] as const)(
    'dedup cache: an event that ended as %s is found by every replica',
    async (state) => {
      const { replica, otherReplica } = setUp();

      await replica.put('evt-1', HASH, state);

      expect(await otherReplica.find('evt-1', HASH)).toBe(state);
    },
  );

  it('dedup cache: a different body or another id is a miss', async () => {
    const { replica } = setUp();

    await replica.put('evt-1', HASH, 'DONE');

    expect(await replica.find('evt-1', OTHER_HASH)).toBeUndefined();
    expect(await replica.find('EVT-1', HASH)).toBeUndefined();
  });

  it('dedup cache: an entry expires after dedupCacheSeconds', async () => {
    const { replica } = setUp();
    await replica.put('evt-1', HASH, 'DONE');

    await advance(inboxPolicy.dedupCacheSeconds * 1_000 - 1);
    expect(await replica.find('evt-1', HASH)).toBe('DONE');
    await advance(1);
    expect(await replica.find('evt-1', HASH)).toBeUndefined();
  });

  it('dedup cache: a Redis failure is a miss and no error', async () => {
    const { replica, redis } = setUp();
    await replica.put('evt-1', HASH, 'DONE');
    redis.isUnavailable = true;

    expect(await replica.find('evt-1', HASH)).toBeUndefined();
    await expect(replica.put('evt-2', HASH, 'DONE')).resolves.toBeUndefined();
  });

  it.each(['', 'DONE', `DONE${HASH}`, `RECEIVED ${HASH}`, `DEAD ${HASH}`, ` ${HASH}`, `done ${HASH}`])(
    'dedup cache: the unexpected value "%s" is a miss',
    async (value) => {
      const { replica, redis } = setUp();
      await replica.put('evt-1', HASH, 'DONE');
      for (const [key, entry] of redis.values) redis.values.set(key, { ...entry, value });

      expect(await replica.find('evt-1', HASH)).toBeUndefined();
    },
  );
});

function setUp() {
  const redis = new TestRedis();
  return { redis, replica: new DedupCache(redis.client), otherReplica: new DedupCache(redis.client) };
}
