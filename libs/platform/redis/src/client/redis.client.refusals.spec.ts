import { advance, captureLogs, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import { redisPolicy } from '../redis.policy';
import { FakeRedis, createRedisClient, replyError } from '../testing';
import type { RedisClient } from './redis.client';

const NOPERM = "NOPERM this user has no permissions to run the 'get' command";
const REFUSES_GET = 'it refuses GET (NOPERM), which is needed on farmlokal:test:*';
const QUIET_MS = redisPolicy.refusalQuietMs;
const PROBE_EVERY_MS = redisPolicy.probeEveryMs;

describe('redis client', () => {
  useVirtualTime();
  let lines: string[];
  let redis: FakeRedis;
  let client: RedisClient;
  let registry: Registry;

  beforeEach(() => {
    lines = captureLogs();
    redis = new FakeRedis();
    registry = new Registry();
    client = createRedisClient(redis, { registry });
  });
  afterEach(() => {
    client.onApplicationShutdown();
    jest.restoreAllMocks();
  });

  it.each([
    'NOPERM no permissions',
    'OOM command not allowed',
    "READONLY You can't write against a read only replica.",
  ])('refused command: "%s" reaches the caller, and Redis stays available', async (message) => {
    await client.onModuleInit();
    redis.refusals.set('get', message);
    await expect(get()).rejects.toMatchObject({ name: 'ReplyError', message });
    expect(client.isAvailable).toBe(true);
    expect(client.problem).toContain(`it refuses GET (${message.split(' ')[0]})`);
    expect(await registry.metrics()).toContain('farmlokal_redis_failures_total{kind="refused"} 1');
  });

  it('refused command: health names command, code and required keys; the log has one line', async () => {
    await client.onModuleInit();
    for (let i = 0; i < 10; i++) await getRefused();
    expect(client.problem).toBe(REFUSES_GET);
    expect(linesWith('Redis refuses')).toHaveLength(1);
  });

  it('refused command: a value of another type (WRONGTYPE) is not a refusal', async () => {
    await client.onModuleInit();
    redis.refusals.set('get', 'WRONGTYPE Operation against a key holding the wrong kind of value');
    await expect(get()).rejects.toThrow('WRONGTYPE');
    expect([client.isAvailable, client.problem]).toEqual([true, undefined]);
  });

  it('recovery: requires ten seconds without a refused command, and a successful command check', async () => {
    await client.onModuleInit();
    await getRefused();
    redis.refusals.clear();
    await advance(QUIET_MS - 1);
    expect(client.problem).toBe(REFUSES_GET);
    await advance(PROBE_EVERY_MS + 1);
    expect(client.problem).toBeUndefined();
    expect(linesWith('Redis accepts all commands again')).toHaveLength(1);
  });

  it('recovery: each refused command restarts the ten seconds', async () => {
    await client.onModuleInit();
    await getRefused();
    await advance(QUIET_MS / 2);
    await getRefused();
    redis.refusals.clear();
    await advance(QUIET_MS - PROBE_EVERY_MS);
    expect(client.problem).toBe(REFUSES_GET);
  });

  it('recovery: does not happen while the command check is refused', async () => {
    await client.onModuleInit();
    redis.refusals.set('del', 'NOPERM no permissions');
    await getRefused();
    redis.refusals.delete('get');
    await advance(6 * QUIET_MS);
    expect(client.problem).toBe(REFUSES_GET);
    expect(linesWith('Redis refuses')).toHaveLength(1);
  });

  it.each([
    ['set', 'SET'],
    ['get', 'GET'],
    ['del', 'DEL'],
    ['publish', 'PUBLISH'],
    ['evalsha', 'EVALSHA'],
  ])('command check: a refused %s is detected at startup, and Redis is used nevertheless', async (command, name) => {
    redis.refusals.set(command, 'NOPERM no permissions');
    await client.onModuleInit();
    expect(client.isAvailable).toBe(true);
    expect(client.problem).toContain(`it refuses ${name} (NOPERM)`);
  });

  it('command check: a command that is refused inside a script is named', async () => {
    redis.scriptReply = ['HSET', 'ERR The user executing the script cannot run this command'];
    await client.onModuleInit();
    expect(client.problem).toContain('it refuses HSET (ERR)');
  });

  it('command check: its keys have the namespace of the database and expire', async () => {
    await client.onModuleInit();
    const set = redis.received.find(({ name }) => name === 'set');
    expect(set?.args).toEqual([
      expect.stringMatching(/^farmlokal:test:redis:trial:v1:/),
      '1',
      'PX',
      redisPolicy.checkKeyMs,
      'NX',
    ]);
  });

  it('loading: a server that refuses PING is unavailable, and the refusal is its problem', async () => {
    redis.refusals.set('ping', 'LOADING Redis is loading the dataset in memory');
    void client.onModuleInit();
    await advance(2 * PROBE_EVERY_MS);
    expect([client.isAvailable, client.problem]).toEqual([false, 'it refuses PING (LOADING)']);
    redis.refusals.clear();
    await advance(PROBE_EVERY_MS);
    expect([client.isAvailable, client.problem]).toEqual([true, undefined]);
  });

  it('login: a refused password is reported as a refusal, not as an unresponsive Redis', async () => {
    redis.cut();
    void client.onModuleInit();
    redis.connections[0]!.emit('error', replyError('WRONGPASS invalid username-password pair', 'auth'));
    await advance(2 * PROBE_EVERY_MS);
    expect(client.problem).toBe('it refuses AUTH (WRONGPASS)');
    redis.connections[0]!.emit('error', new Error('connect ECONNREFUSED'));
    await advance(2 * PROBE_EVERY_MS);
    expect(client.problem).toBe('it does not respond');
  });

  it('connection errors: the same error is logged once, another one again', () => {
    const fail = (message: string) => redis.connections[0]!.emit('error', new Error(message));
    for (let i = 0; i < 5; i++) fail('connect ECONNREFUSED');
    fail('connect ETIMEDOUT');
    expect(linesWith('Connection to Redis')).toEqual([
      'warn Connection to Redis: connect ECONNREFUSED',
      'warn Connection to Redis: connect ETIMEDOUT',
    ]);
  });

  it('demoted master: reconnects log no lines besides that of the refusal', async () => {
    await client.onModuleInit();
    await getRefused('READONLY replica');
    for (let i = 0; i < 3; i++) {
      redis.connections[0]!.drop();
      await advance(PROBE_EVERY_MS);
    }
    expect(client.isAvailable).toBe(true);
    expect(linesWith('Redis is unavailable')).toEqual([]);
    expect(linesWith('Redis is available')).toHaveLength(1);
  });

  it('memory: one warning is logged if maxmemory is not set', async () => {
    redis.memoryInfo = 'used_memory:1\r\nmaxmemory:0\r\n';
    await client.onModuleInit();
    redis.connections[0]!.drop();
    await advance(PROBE_EVERY_MS);
    expect(linesWith('Redis has no maxmemory')).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ['with a limit', () => (redis.memoryInfo = 'maxmemory:1000000\r\n')],
    ['that refuses INFO', () => redis.refusals.set('info', 'NOPERM no permissions')],
  ])('memory: a server %s causes no warning', async (_, prepare) => {
    prepare();
    await client.onModuleInit();
    await advance(0);
    expect(linesWith('Redis has no maxmemory')).toEqual([]);
    expect(client.problem).toBeUndefined();
  });

  const get = () => client.run((connection, keyOf) => connection.get(keyOf('cache', 'page', 1)));

  async function getRefused(message = NOPERM): Promise<void> {
    redis.refusals.set('get', message);
    await expect(get()).rejects.toThrow(message);
  }

  function linesWith(text: string): string[] {
    return lines.filter((line) => line.includes(text));
  }
});
