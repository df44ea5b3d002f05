/** The access token, on several processes of the built service that share a Redis, while it and the provider fail. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createMysql, type TestDatabase } from '../support/databases';
import { metricAt } from '../support/metrics';
import { eventually, startPrivateRedis, type PrivateRedis } from '../support/private-redis';
import { build } from '../support/processes';
import { Replicas, type Replica } from '../support/replicas';
import { Sandbox } from '../support/sandbox';

interface Availability {
  readonly status: number;
  readonly source: string;
  readonly tookMs: number;
}

let redis: PrivateRedis;
let database: TestDatabase;
let replicas: Replicas;
let sandbox: Sandbox;
let commands: Redis;

beforeAll(async () => {
  build();
  redis = await startPrivateRedis();
  database = await createMysql();
  sandbox = await Sandbox.start('--products', '100');
  replicas = new Replicas(database, { REDIS_URL: redis.url, ...sandbox.environment });
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '100');
  commands = new Redis(redis.url);
  commands.on('error', () => undefined); // it is stopped
});
beforeEach(async () => {
  await sandbox.mend();
  await sandbox.set({ tokenSeconds: 3_600, clientSecret: 'not-a-secret' });
  await commands.flushall();
  await sandbox.forget();
});
afterEach(async () => {
  redis.resume();
  await replicas.stop('SIGKILL');
});
afterAll(async () => {
  commands.disconnect();
  await replicas.remove();
  await sandbox.stop();
  await database.drop();
  await redis.remove();
});

const serve = (count: number, settings: Readonly<Record<string, string>> = {}) =>
  Promise.all(Array.from({ length: count }, () => replicas.serve(settings)));

async function availability({ url }: Replica, id = 1): Promise<Availability> {
  const startedMs = performance.now();
  const answer = await fetch(`${url}/products/${id}/availability`, { headers: { connection: 'close' } });
  const { source } = (await answer.json()) as { source: string };
  return { status: answer.status, source, tookMs: performance.now() - startedMs };
}

const callers = (all: readonly Replica[], each: number) =>
  Promise.all(all.flatMap((replica) => Array.from({ length: each }, (_, at) => availability(replica, 1 + (at % 100)))));

const untilRedisIsFound = (all: readonly Replica[]) =>
  Promise.all(
    all.map(({ url }) =>
      eventually(
        () => metricAt(url, 'farmlokal_redis_available'),
        (isAvailable) => isAvailable === 1,
      ),
    ),
  );

/** With so much time that a caller who failed did not just run out of it. */
const PATIENT = { AVAILABILITY_DEADLINE_MS: '8000', PARTNER_CONCURRENT_CALLS: '100' };

describe('50 callers on each of 4 replicas that know no token', () => {
  it('cost one request for it', async () => {
    const all = await serve(4, PATIENT);
    await untilRedisIsFound(all);
    const answers = await callers(all, 50);
    expect(answers.filter(({ source }) => source !== 'live')).toEqual([]);
    expect(await sandbox.count('token')).toBe(1);
  });

  it('cost one request for it where the provider takes its time', async () => {
    await sandbox.dial('token', { kind: 'slow', ms: 2_500 });
    const all = await serve(4, PATIENT);
    await untilRedisIsFound(all);
    const answers = await callers(all, 50);
    expect(answers.filter(({ source }) => source !== 'live')).toEqual([]);
    expect(await sandbox.count('token')).toBe(1);
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.restart()],
    ['stopped in its tracks', () => Promise.resolve(redis.pause()), () => Promise.resolve(redis.resume())],
  ])('cost one request a replica where Redis is %s, and none of them fails', async (_, takeAway, giveBack) => {
    const all = await serve(4, PATIENT);
    await takeAway();
    const answers = await callers(all, 50);
    await giveBack();
    expect(answers.filter(({ source }) => source !== 'live')).toEqual([]);
    expect(await sandbox.count('token')).toBeLessThanOrEqual(4);
  });

  it.each(['tk.turn.taken', 'tk.granted', 'tk.shared'])(
    'cost two where the one whose turn it is dies at %s, and none of the others fails',
    async (failpoint) => {
      const [victim] = await serve(1, { ...PATIENT, FARMLOKAL_FAILPOINTS: `${failpoint}=kill` });
      const others = await serve(3, PATIENT);
      await untilRedisIsFound([victim!, ...others]);
      await goOnWithout(victim!, others, () => victim!.stderr().includes(`failpoint ${failpoint}`));
    },
  );

  it('cost two where the one whose turn it is dies while it waits for the provider', async () => {
    const [victim, ...others] = await serve(4, PATIENT);
    await untilRedisIsFound([victim!, ...others]);
    await sandbox.dial('token', { kind: 'slow', ms: 1_000, times: 1 });
    await goOnWithout(victim!, others, async () => {
      if ((await sandbox.count('token')) === 0) return false;
      await replicas.stop('SIGKILL', victim!);
      return true;
    });
  });

  async function goOnWithout(victim: Replica, others: readonly Replica[], isDead: () => boolean | Promise<boolean>) {
    const dying = availability(victim).catch(() => undefined);
    await eventually(isDead, (dead) => dead);
    const answers = await callers(others, 50);
    await dying;
    expect(answers.filter(({ source }) => source !== 'live')).toEqual([]);
    expect(await sandbox.count('token')).toBeLessThanOrEqual(2);
  }
});

it('one that was stopped while it was its turn does not overwrite what others got meanwhile', async () => {
  const [sleeper] = await serve(1, { ...PATIENT, FARMLOKAL_FAILPOINTS: 'tk.granted=stop' });
  const [other] = await serve(1, PATIENT);
  await untilRedisIsFound([sleeper!, other!]);
  const late = availability(sleeper!);
  await eventually(
    () => sleeper!.stderr(),
    (stderr) => stderr.includes('failpoint tk.granted'),
  );
  expect((await availability(other!)).source).toBe('live');
  const [key] = await commands.keys('farmlokal:auth:token:*');
  const newer = await commands.hgetall(key!);
  sleeper!.child.kill('SIGCONT');
  expect((await late).source).toBe('live');
  expect(await commands.hgetall(key!)).toEqual(newer);
  expect(await metricAt(sleeper!.url, 'farmlokal_token_adopted_total')).toBe(1);
});

it('a token is refreshed while it is used, by one replica for all', async () => {
  await sandbox.set({ tokenSeconds: 4 });
  const all = await serve(3, PATIENT);
  await untilRedisIsFound(all);
  const untilMs = performance.now() + 8_000;
  while (performance.now() < untilMs) {
    expect((await callers(all, 2)).filter(({ source, tookMs }) => source !== 'live' || tookMs > 1_000)).toEqual([]);
    await delay(50);
  }
  // 8 s hold two lives of 4 s, each of which ends for new ones after 3.0 to 3.4 s
  expect(await sandbox.count('token')).toBeLessThanOrEqual(4);
  expect(await sandbox.count('token')).toBeGreaterThanOrEqual(2);
});

it('a token of two seconds works', async () => {
  await sandbox.set({ tokenSeconds: 2 });
  const [one] = await serve(1, PATIENT);
  const untilMs = performance.now() + 5_000;
  while (performance.now() < untilMs) {
    expect((await availability(one!)).source).toBe('live');
    await delay(100);
  }
  expect((await sandbox.seen()).requests.filter(({ status }) => status === 401)).toEqual([]);
});

describe('while the provider fails', () => {
  it.each([
    ['answers 500', { kind: 'status', status: 500 } as const],
    ['says nothing', { kind: 'stall' } as const],
  ])('and %s, a token is used to its end; after it calls fail fast, and it is asked rarely', async (_, fault) => {
    await sandbox.set({ tokenSeconds: 8 }); // is refreshed from 6.0 to 6.8 s on, and used until 7.2 s
    const [one] = await serve(1);
    expect((await availability(one!)).source).toBe('live');
    await sandbox.dial('token', fault);
    await sandbox.forget();
    const aliveUntilMs = performance.now() + 6_950;
    while (performance.now() < aliveUntilMs) {
      expect((await availability(one!)).source).toBe('live');
      await delay(100);
    }
    await delay(1_500);
    const asked = await sandbox.count('token');
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(asked).toBeLessThanOrEqual(8);
    const forgottenAtMs = performance.now();
    await sandbox.forget();
    const answers = await callers([one!], 50);
    expect(answers.filter(({ status, source }) => status !== 200 || source === 'live')).toEqual([]);
    expect(await sandbox.count('availability')).toBe(0); // never without a token
    const pauses = Math.ceil((performance.now() - forgottenAtMs) / 250) + 1;
    expect(await sandbox.count('token')).toBeLessThanOrEqual(pauses);
    await sandbox.mend();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });

  it('because we are refused, it is asked once, until the secret is another', async () => {
    const file = join(tmpdir(), `farmlokal-test-secret-${process.pid}`);
    writeFileSync(file, 'the-old-one\n');
    const { OAUTH_CLIENT_SECRET: _, ...environment } = sandbox.environment;
    const own = new Replicas(database, { REDIS_URL: redis.url, ...environment });
    const one = await own.serve({ OAUTH_CLIENT_SECRET_FILE: file, LOG_LEVEL: 'error' });
    for (let round = 0; round < 5; round++) {
      expect((await callers([one], 10)).every(({ source }) => source === 'catalogue')).toBe(true);
      await delay(400);
    }
    expect(await sandbox.count('token')).toBe(1);
    expect(await metricAt(one.url, 'farmlokal_token_requests_total{outcome="refused"}')).toBe(1);
    writeFileSync(file, 'not-a-secret\n');
    await eventually(
      () => availability(one),
      ({ source }) => source === 'live',
    );
    expect(await sandbox.count('token')).toBe(2);
    await own.stop();
    const { stdout } = await one.finished;
    expect(stdout).toContain('THE PROVIDER REFUSES A TOKEN');
    await own.remove();
  });
});

describe('what the provider answers', () => {
  const fields = (differing: Readonly<Record<string, unknown>>) => ({ kind: 'fields', fields: differing }) as const;

  it.each([
    ['a life in digits', fields({ expires_in: '3600' }), 1],
    ['no life at all', fields({ expires_in: null }), 1],
    ['an endless life', fields({ expires_in: 1e12 }), 1],
    ['a type in small letters', fields({ token_type: 'bearer' }), 1],
    ['a life of zero', fields({ expires_in: 0 }), 3],
    ['a negative life', fields({ expires_in: -1 }), 3],
    ['a life that is none', fields({ expires_in: 'abc' }), 3],
  ])('%s is understood, and costs three calls so many requests', async (_, fault, requests) => {
    await sandbox.dial('token', fault);
    const [one] = await serve(1);
    for (let calls = 0; calls < 3; calls++) expect((await availability(one!)).source).toBe('live');
    expect(await sandbox.count('token')).toBe(requests);
  });

  it.each([
    ['a page', { kind: 'html' } as const],
    ['a megabyte', { kind: 'huge', bytes: 1_000_000 } as const],
    ['bad JSON', { kind: 'bad-json' } as const],
    ['another address', { kind: 'redirect' } as const],
    ['no token', fields({ access_token: null })],
    ['a token of two lines', fields({ access_token: 'a\nb' })],
    ['a token that is no text', fields({ access_token: 7 })],
    ['an unknown type', fields({ token_type: 'mac' })],
    ['nothing', { kind: 'lose-answer' } as const],
    ['half an answer', { kind: 'reset-body' } as const],
  ])('%s is no token, and the service goes on', async (_, fault) => {
    await sandbox.dial('token', fault);
    const [one] = await serve(1);
    expect(await availability(one!)).toMatchObject({ status: 200, source: 'catalogue' });
    await sandbox.mend();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });
});

describe('a token that the partner refuses', () => {
  it('is replaced once for all callers of all replicas, and the calls are made again', async () => {
    const all = await serve(2, PATIENT);
    await untilRedisIsFound(all);
    await callers(all, 5);
    await sandbox.revokeTokens();
    await sandbox.forget();
    const answers = await callers(all, 20);
    expect(answers.filter(({ source }) => source !== 'live')).toEqual([]);
    expect(await sandbox.count('token')).toBe(1);
  });

  it('is replaced once a call at most, and not for each of many calls', async () => {
    const [one] = await serve(1);
    await sandbox.dial('availability', { kind: 'status', status: 401 });
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await sandbox.count('token'), await sandbox.count('availability')]).toEqual([2, 2]);
    await callers([one!], 20);
    expect(await sandbox.count('token')).toBe(2);
  });

  it('is kept where access is denied to anyone', async () => {
    const [one] = await serve(1);
    await sandbox.dial('availability', { kind: 'status', status: 403 });
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await sandbox.count('token'), await sandbox.count('availability')]).toEqual([1, 1]);
  });
});

it('neither a token nor the secret is in logs, errors, metrics, addresses or Redis', async () => {
  const SECRET = 'a-secret-with-a-%-and-a-+';
  await sandbox.set({ clientSecret: SECRET, tokenSeconds: 2 });
  const [one] = await serve(1, { OAUTH_CLIENT_SECRET: SECRET, LOG_LEVEL: 'trace' });
  await untilRedisIsFound([one!]);
  const seen: string[] = [];
  const look = async (path: string) => {
    const answer = await fetch(`${one!.url}${path}`, { headers: { connection: 'close', accept: 'text/plain' } });
    seen.push(JSON.stringify([...answer.headers]), await answer.text());
  };
  const faults = ['status', 'html', 'huge', 'bad-json', 'redirect', 'lose-answer', 'reset-body'] as const;
  for (const kind of faults) {
    await availability(one!);
    await sandbox.dial('api', { kind });
    await look('/products/1/availability');
    await sandbox.dial('token', { kind, error: SECRET, times: 1 });
    await sandbox.revokeTokens();
    await look('/products/2/availability');
    await sandbox.mend();
    await delay(300);
  }
  await sandbox.dial('token', { kind: 'status', status: 401, error: 'invalid_client' });
  await delay(2_000);
  for (const path of ['/products/3/availability', '/products/999/availability', '/metrics', '/nowhere'])
    await look(path);
  for (const key of await commands.keys('*')) {
    const value = (await commands.type(key)) === 'hash' ? await commands.hgetall(key) : await commands.get(key);
    seen.push(key, JSON.stringify(value));
  }
  seen.push(...(await sandbox.seen()).requests.map(({ url }) => url));
  one!.child.kill('SIGTERM');
  const { stdout, stderr } = await one!.finished;
  seen.push(stdout, stderr);

  const tokens = await sandbox.givenTokens();
  expect(tokens.length).toBeGreaterThan(3);
  const forms = [SECRET, ...tokens].flatMap((text) => {
    const encoded = encodeURIComponent(text);
    return [
      text,
      encoded,
      Buffer.from(text).toString('base64'),
      Buffer.from(`farmlokal:${encoded}`).toString('base64'),
    ];
  });
  const everything = seen.join('\n');
  expect(everything).toContain('no token was to be had');
  expect(forms.filter((form) => everything.includes(form))).toEqual([]);
});
