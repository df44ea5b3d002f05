/** POST /webhook on several processes that share a database and a Redis, during failures of each. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openMysql, type TestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { untilRedisIs } from '../../support/metrics';
import { Replicas, send, sendUntilAccepted, type Replica } from '../../support/replicas';
import { startPrivateMysql, type PrivateMysql } from '../../support/servers/private-mysql';
import { startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';

const COUNT = { event: 'test.count' };

let mysql: PrivateMysql;
let redis: PrivateRedis;
let database: TestDatabase;
let replicas: Replicas;
let commands: Redis;

beforeAll(async () => {
  [mysql, redis] = await Promise.all([startPrivateMysql(), startPrivateRedis()]);
  database = await openMysql(mysql.url, 'inbox');
  replicas = new Replicas(database, { REDIS_URL: redis.url });
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '100');
  commands = new Redis(redis.url);
  commands.on('error', () => undefined); // it is killed
});
afterEach(() => replicas.stop());
afterAll(async () => {
  commands.disconnect();
  await replicas.remove();
  await mysql.remove();
  await redis.remove();
});

const serve = (count: number, settings: Readonly<Record<string, string>> = {}) =>
  Promise.all(Array.from({ length: count }, () => replicas.serve(settings)));
const untilDone = () =>
  eventually(
    () => replicas.countUnfinished(),
    (open) => open === 0,
  );
const timesApplied = async (eventId: string) =>
  (await replicas.applied()).find((each) => each.eventId === eventId)?.times ?? 0;

it('exactly-once effect: 200 deliveries to three replicas get one 202, otherwise 200, and have one effect', async () => {
  const three = await serve(3);
  const sending = Array.from({ length: 200 }, (_, at) => send(three[at % 3]!.url, 'storm', COUNT, 10_000));
  expect((await Promise.all(sending)).toSorted()).toEqual([...Array<number>(199).fill(200), 202]);
  await untilDone();
  expect(await timesApplied('storm')).toBe(1);
});

it('deduplication: duplicates get 200 while the first delivery is in progress', async () => {
  const [one, other] = await serve(2);
  await send(one!.url, 'slow', { event: 'test.slow' });
  await delay(300);
  for (const { url } of [one!, other!, one!, other!])
    expect(await send(url, 'slow', { event: 'test.slow' }, 1_000)).toBe(200);
  expect(await timesApplied('slow')).toBe(0);
  await untilDone();
  expect(await timesApplied('slow')).toBe(1);
});

it('orphan recovery: an event is applied by another replica if its own is killed after the response', async () => {
  const [victim] = await serve(1, { FARMLOKAL_FAILPOINTS: 'in.replied=kill', WEBHOOK_WORKER: 'false' });
  await serve(1);
  expect(await send(victim!.url, 'orphan', COUNT)).toBe(202);
  await untilDone();
  expect(await timesApplied('orphan')).toBe(1);
});

it('idempotency key: a call is retried with the same key after a crash, and the event has one effect', async () => {
  const keys: (string | string[] | undefined)[] = [];
  const partner = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(partner, 'listening');
  const FARMLOKAL_TEST_PARTNER = `http://127.0.0.1:${(partner.address() as AddressInfo).port}`;
  const [victim] = await serve(1, { FARMLOKAL_TEST_PARTNER, FARMLOKAL_FAILPOINTS: 'wk.prepared=kill' });
  expect(await send(victim!.url, 'outbound', { event: 'test.outbound' })).toBe(202);
  await victim!.finished;
  await serve(1, { FARMLOKAL_TEST_PARTNER });
  await untilDone();
  expect(keys).toEqual(['outbound', 'outbound']);
  expect(await timesApplied('outbound')).toBe(1);
  partner.close();
});

it('invalidation: a change by an event becomes visible on every replica', async () => {
  const all = await serve(3);
  const stockAt = async ({ url }: Replica) => {
    const response = await fetch(`${url}/products/1`, { headers: { connection: 'close' } });
    return ((await response.json()) as { stock: number }).stock;
  };
  for (let stock = 500; stock < 505; stock++) {
    await Promise.all(all.map(stockAt)); // caches the product on every replica
    const event = { event: 'stock.updated', id: 'demo-000000001', version: stock, data: { stock } };
    await sendUntilAccepted([all[stock % 3]!.url], `stock-${stock}`, event);
    for (const each of all)
      await eventually(
        () => stockAt(each),
        (seen) => seen === stock,
      );
  }
});

it('worker process: it applies events that replicas only accept, and exits with code 0 on SIGTERM', async () => {
  const [accepting] = await serve(1, { WEBHOOK_WORKER: 'false' });
  expect(await send(accepting!.url, 'for-the-worker', COUNT)).toBe(202);
  await delay(1_200);
  expect(await timesApplied('for-the-worker')).toBe(0);
  const worker = replicas.start('cli', ['work'], { LOG_LEVEL: 'info' });
  await untilDone();
  expect(await timesApplied('for-the-worker')).toBe(1);
  worker.child.kill('SIGTERM');
  const { code, stdout } = await worker.finished;
  expect(code).toBe(0);
  expect(stdout).toContain('"eventId":"for-the-worker"');
});

it('dead letter: an operator lists, shows and replays dead events', async () => {
  const [one] = await serve(1);
  await send(one!.url, 'no-data', { event: 'product.created', id: 'x' }); // requires a lookup; no partner is configured
  await send(one!.url, 'no-data', { event: 'product.created', id: 'y' });
  await untilDone();
  expect(await replicas.cli('webhook', 'list', '--state', 'dead')).toMatch(/DEAD +1 attempt +product.created +no-data/);
  expect(await replicas.cli('webhook', 'list', '--state', 'DONE', '--limit', '2')).toMatch(/^(.* DONE .*\n){2}$/);
  const shown = await replicas.cli('webhook', 'show', 'no-data');
  for (const fact of ['no partner is configured', '"id":"x"', 'conflict', '1 times']) expect(shown).toContain(fact);
  expect(await replicas.cli('webhook', 'replay', 'no-data')).toContain('no-data  replayed');
  await eventually(
    () => replicas.cli('webhook', 'show', 'no-data'),
    (text) => /state +DEAD/.test(text) && /replays +1/.test(text),
  );
  const refused = await replicas.start('cli', ['webhook', 'replay', 'storm', 'missing']).finished;
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain('storm  not replayed: DONE');
  expect((await replicas.start('cli', ['webhook', 'show', 'missing']).finished).code).toBe(3);
  expect((await replicas.start('cli', ['webhook', 'list', '--state', 'odd']).finished).stderr).toContain(
    'must be one of',
  );
});

describe('webhook inbox under load', () => {
  const pauseRedis = () => Promise.resolve().then(() => redis.pause());
  const resumeRedis = () => Promise.resolve().then(() => redis.resume());

  /** Runs three senders before, during and after a fault. Each retries an event until a 2xx, then sends it again. */
  async function sendThroughout(prefix: string, all: readonly Replica[], fault: () => Promise<void>) {
    const statuses = new Set<number | undefined>();
    const acknowledged: string[] = [];
    const over = new AbortController();
    const sender = async (number: number) => {
      for (let at = 0; !over.signal.aborted; at++) {
        const id = `${prefix}-${number}-${at}`;
        const urls = all.map(({ url }) => url);
        for (const status of await sendUntilAccepted(urls, id, COUNT)) statuses.add(status);
        acknowledged.push(id);
        statuses.add(await send(urls[at % urls.length]!, id, COUNT));
        await delay(50);
      }
    };
    const untilTenMore = (before = acknowledged.length) =>
      eventually(
        () => acknowledged.length,
        (now) => now >= before + 10,
      );
    const senders = [0, 1, 2].map(sender);
    try {
      await untilTenMore();
      await fault();
      await untilTenMore();
    } finally {
      over.abort();
    }
    await Promise.all(senders);
    await untilDone();
    const applied = new Map((await replicas.applied()).map(({ eventId, times }) => [eventId, times]));
    expect(acknowledged.filter((id) => applied.get(id) !== 1)).toEqual([]);
    return [...statuses].toSorted();
  }

  it('database outage: events get 503 with Retry-After, and no acknowledged event is lost', async () => {
    const all = await serve(2);
    const statuses = await sendThroughout('database', all, async () => {
      await mysql.kill();
      await delay(500);
      const response = await fetch(`${all[0]!.url}/webhook`, {
        method: 'POST',
        headers: { 'x-event-id': 'during-outage', 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(COUNT),
      });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await response.json()).toMatchObject({ code: 'webhook-unavailable' });
      await delay(2_000);
      await mysql.restart();
    });
    expect(statuses).toEqual([200, 202, 503]);
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.restart()],
    ['paused', pauseRedis, resumeRedis],
    ['emptied', () => commands.flushall(), () => commands.flushall()],
  ])('Redis faults: events get 202 or 200 and are applied once if Redis is %s', async (how, fail, release) => {
    const all = await serve(2);
    const statuses = await sendThroughout(`redis-${how.replaceAll(' ', '-')}`, all, async () => {
      await fail();
      await delay(1_000);
      await release();
    });
    expect(statuses).toEqual([200, 202]);
  });
});

it('dedup cache: during a database outage, duplicates of finished events get 200 from Redis', async () => {
  const [one] = await serve(1);
  await untilRedisIs(1, one!.url);
  expect(await send(one!.url, 'known', COUNT)).toBe(202);
  await eventually(
    () => commands.keys('farmlokal:*:webhook:ended:v1:known'),
    (keys) => keys.length === 1,
  );
  await mysql.kill();
  expect(await send(one!.url, 'known', COUNT)).toBe(200);
  expect(await send(one!.url, 'known', { ...COUNT, other: 'bytes' })).toBe(503);
  expect(await send(one!.url, 'unknown', COUNT)).toBe(503);
  await mysql.restart();
});
