/** Rate limits of several processes that share a real Redis. */
import { Redis } from 'ioredis';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createSqlite, type TestDatabase } from '../../support/databases';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';

const request = ({ app }: TestCatalogue, from = '127.0.0.1') => app.inject({ url: '/categories', remoteAddress: from });

describe('rate limit shared by three processes', () => {
  let redis: PrivateRedis;
  let database: TestDatabase;
  let all: TestCatalogue[];
  const LIMIT = 30;

  beforeEach(async () => {
    redis = await startPrivateRedis();
    const settings = {
      redis: redisAt(redis.url),
      rateLimit: { max: LIMIT, webhookMax: LIMIT, windowSeconds: 60 },
      cache: { isEnabled: true, ttlSeconds: 60 },
    };
    database = await createSqlite();
    const shared = { ...database, drop: () => Promise.resolve() };
    all = [];
    for (let at = 0; at < 3; at++) all.push(await startCatalogue(() => Promise.resolve(shared), settings));
  });
  afterEach(async () => {
    await Promise.all(all.map((each) => each.close()));
    await database.drop();
    await redis.kill();
  });
  const burst = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => request(all[at % 3]!).then(({ statusCode }) => statusCode)));
  const admitted = (statuses: number[]) => statuses.filter((status) => status === 200).length;

  it('shared limit: the processes together admit the limit, and at most one more request each', async () => {
    const count = admitted(await burst(120));
    expect(count).toBeGreaterThanOrEqual(LIMIT);
    expect(count).toBeLessThanOrEqual(LIMIT + all.length);
    expect(admitted(await burst(30))).toBe(0);
  });

  it('shared limit: 500 clients are counted separately, and every Redis key expires', async () => {
    const clients = Array.from({ length: 500 }, (_, at) => `198.51.${at >> 8}.${at & 255}`);
    const responses = await Promise.all(clients.map((from, at) => request(all[at % 3]!, from)));
    expect(new Set(responses.map(({ headers }) => headers['ratelimit']))).toEqual(
      new Set([`"default";r=${LIMIT - 1};t=60`]),
    );
    const commands = new Redis(redis.url);
    const keys = await commands.keys('farmlokal:*:rate-limit:*');
    const ends = await Promise.all(keys.map((key) => commands.pttl(key)));
    commands.disconnect();
    expect(keys).toHaveLength(clients.length);
    expect(Math.min(...ends)).toBeGreaterThan(0);
  });
});
