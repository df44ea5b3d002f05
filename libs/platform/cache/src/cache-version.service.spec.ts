import { advance, useVirtualTime } from '@testing/resilience';
import { cachePolicy } from './cache.policy';
import { VERSION_KEY, startReplicas } from './testing';

describe('cache version', () => {
  useVirtualTime();

  it('start: replicas take the version that is in Redis', async () => {
    const { redis, replicas } = await startReplicas();
    expect(new Set([...replicas.map(({ version }) => version.current), redis.get(VERSION_KEY)]).size).toBe(1);
    for (const { version } of replicas) expect([version.isShared, version.isCurrent]).toEqual([true, true]);
  });

  it('random: a version is 22 characters of base64url, and each change creates another one', async () => {
    const { replicas } = await startReplicas();
    const [{ version }] = replicas;
    const seen = new Set([version.current]);
    for (let changes = 0; changes < 100; changes++) {
      await version.invalidate();
      expect(version.current).toMatch(/^[\w-]{22}$/);
      seen.add(version.current);
    }
    expect(seen.size).toBe(101);
  });

  it('invalidation: a change takes effect in its own replica before it is published', async () => {
    const { redis, replicas } = await startReplicas();
    const [{ version }] = replicas;
    const before = version.current;
    const publishing = version.invalidate();
    expect([version.current === before, version.isPending]).toEqual([false, true]);
    await publishing;
    expect([redis.get(VERSION_KEY), version.isPending]).toEqual([version.current, false]);
  });

  it('invalidation: a message publishes the change to the other replicas at once', async () => {
    const { replicas } = await startReplicas();
    const [first, ...others] = replicas;
    await first.version.invalidate();
    await advance(0);
    for (const { version } of others) expect(version.current).toBe(first.version.current);
  });

  it('invalidation: if the message is lost, the other replicas see the change within versionCheckMs', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, ...others] = replicas;
    redis.isLosingMessages = true;
    await first.version.invalidate();
    await advance(cachePolicy.versionCheckMs);
    for (const { version } of others) expect(version.current).toBe(first.version.current);
  });

  it('invalidation: after a refused PUBLISH, Redis has the version nevertheless', async () => {
    const { redis, replicas } = await startReplicas();
    const [first] = replicas;
    first.redis.refused.add('PUBLISH');
    await first.version.invalidate();
    expect([redis.get(VERSION_KEY), first.version.isPending]).toEqual([first.version.current, false]);
  });

  it('pending: a change while Redis is unavailable is published as soon as Redis is available', async () => {
    const { replicas } = await startReplicas();
    const [first, second] = replicas;
    first.redis.becomeUnavailable();
    await first.version.invalidate();
    const { current } = first.version;
    expect([first.version.isPending, first.version.isShared]).toEqual([true, false]);
    await advance(10 * cachePolicy.versionCheckMs);
    expect(second.version.current).not.toBe(current);
    first.redis.becomeAvailable();
    await advance(0);
    expect([first.version.current, second.version.current]).toEqual([current, current]);
    expect([first.version.isPending, first.version.isShared]).toEqual([false, true]);
  });

  it('pending: a change that Redis refuses is published when Redis accepts it', async () => {
    const { replicas } = await startReplicas();
    const [first, second] = replicas;
    first.redis.refused.add('SET');
    await first.version.invalidate();
    expect([first.version.isPending, first.version.isShared, first.version.isCurrent]).toEqual([true, false, false]);
    first.redis.refused.clear();
    await advance(cachePolicy.versionCheckMs);
    expect(first.version.isPending).toBe(false);
    expect(second.version.current).toBe(first.version.current);
  });

  it('pending: a change during the publication of another one is published after it', async () => {
    const { redis, replicas } = await startReplicas();
    const [{ version, redis: client }] = replicas;
    client.replyAfterMs = 10;
    const publishing = version.invalidate();
    await advance(5); // the first SET is in flight
    const second = version.invalidate();
    const { current } = version;
    await advance(100);
    await Promise.all([publishing, second]);
    expect([redis.get(VERSION_KEY), version.current, version.isPending]).toEqual([current, current, false]);
  });

  it('pending: a check during the publication waits for it and does not publish again', async () => {
    const { redis, replicas } = await startReplicas();
    const [{ version, redis: client }] = replicas;
    const published = redis.count('PUBLISH');
    await advance(cachePolicy.versionCheckMs - 5);
    client.replyAfterMs = 10;
    const publishing = version.invalidate();
    await advance(100);
    await publishing;
    expect(redis.count('PUBLISH') - published).toBe(1);
  });

  it('concurrent change: a reply that was sent before the change does not undo it', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, second] = replicas;
    redis.isLosingMessages = true;
    await second.version.invalidate();
    first.redis.replyAfterMs = 100;
    await advance(cachePolicy.versionCheckMs); // the first replica has sent its GET
    void first.version.invalidate();
    const { current } = first.version;
    await advance(100);
    expect(first.version.current).toBe(current);
    first.redis.replyAfterMs = 0;
    await advance(2 * cachePolicy.versionCheckMs);
    expect([redis.get(VERSION_KEY), second.version.current]).toEqual([current, current]);
  });

  it('concurrent change: a replica that found no version does not overwrite the one set meanwhile', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, second] = replicas;
    redis.isLosingMessages = true;
    redis.del(VERSION_KEY);
    first.redis.replyAfterMs = 100;
    await advance(cachePolicy.versionCheckMs); // the first replica has sent its GET
    await second.version.invalidate();
    await advance(100);
    expect(redis.get(VERSION_KEY)).toBe(second.version.current);
  });

  it('concurrent change: of two simultaneous changes, the later version applies to all replicas', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, second] = replicas;
    const before = first.version.current;
    await Promise.all([first.version.invalidate(), second.version.invalidate()]);
    await advance(cachePolicy.versionCheckMs);
    const versions = new Set(replicas.map(({ version }) => version.current));
    expect([...versions]).toEqual([redis.get(VERSION_KEY)]);
    expect(versions.has(before)).toBe(false);
  });

  it('retired version: if a restored Redis returns it, it is rejected and overwritten', async () => {
    const { redis, replicas } = await startReplicas();
    const retired = redis.get(VERSION_KEY) ?? '';
    await replicas[0].version.invalidate();
    await advance(cachePolicy.versionCheckMs);
    redis.set(VERSION_KEY, retired);
    await advance(2 * cachePolicy.versionCheckMs);
    const versions = new Set(replicas.map(({ version }) => version.current));
    expect([...versions]).toEqual([redis.get(VERSION_KEY)]);
    expect(versions.has(String(retired))).toBe(false);
  });

  it('retired version: a replica that fetched the change from another one rejects it too', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, second] = replicas;
    const retired = first.version.current;
    await first.version.invalidate();
    await advance(0);
    for (const each of replicas) if (each !== second) each.redis.becomeUnavailable();
    redis.set(VERSION_KEY, retired);
    await advance(cachePolicy.versionCheckMs);
    expect(second.version.current).not.toBe(retired);
    expect(redis.get(VERSION_KEY)).toBe(second.version.current);
  });

  it('retired version: is replaced by a new one, because Redis may have lost another change', async () => {
    const { redis, replicas } = await startReplicas();
    const [first, second] = replicas;
    const retired = redis.get(VERSION_KEY) ?? '';
    await second.version.invalidate();
    await advance(0);
    const { current } = first.version;
    redis.isLosingMessages = true;
    await second.version.invalidate(); // unknown to the first replica
    for (const each of replicas) if (each !== first) each.redis.becomeUnavailable();
    redis.set(VERSION_KEY, retired);
    await advance(cachePolicy.versionCheckMs);
    expect([retired, current]).not.toContain(first.version.current);
    expect(redis.get(VERSION_KEY)).toBe(first.version.current);
  });

  it.each([
    ['text of another format', 'garbage'],
    ['an empty string', ''],
    ['a list (WRONGTYPE)', ['garbage']],
  ])('invalid version: %s is overwritten, and no replica accepts it', async (_, garbage) => {
    const { redis, replicas } = await startReplicas();
    const { current } = replicas[0].version;
    redis.set(VERSION_KEY, garbage);
    await advance(cachePolicy.versionCheckMs);
    expect(redis.get(VERSION_KEY)).toBe(current);
    for (const { version } of replicas) expect([version.current, version.isShared]).toEqual([current, true]);
  });

  it('emptied Redis: the replicas store their version again', async () => {
    const { redis, replicas } = await startReplicas();
    const { current } = replicas[0].version;
    redis.del(VERSION_KEY);
    await advance(cachePolicy.versionCheckMs);
    expect(redis.get(VERSION_KEY)).toBe(current);
  });

  it('Redis error: after a refused GET, the version is kept but not shared until a GET succeeds', async () => {
    const { replicas } = await startReplicas();
    const [{ version, redis }] = replicas;
    const { current } = version;
    redis.refused.add('GET');
    await advance(cachePolicy.versionCheckMs);
    expect([version.current, version.isShared]).toEqual([current, false]);
    redis.refused.clear();
    await advance(cachePolicy.versionCheckMs);
    expect([version.current, version.isShared]).toEqual([current, true]);
  });

  it('Redis unavailable: the version is not shared, even before the next check', async () => {
    const { replicas } = await startReplicas();
    const [{ version, redis }] = replicas;
    redis.becomeUnavailable();
    expect([version.isShared, version.isCurrent]).toEqual([false, false]);
  });

  it('shutdown: stops the checks', async () => {
    const { redis, replicas } = await startReplicas();
    for (const { version } of replicas) version.onApplicationShutdown();
    const commands = redis.commands.length;
    await advance(10 * cachePolicy.versionCheckMs);
    expect(redis.commands.length).toBe(commands);
  });
});
