/** The token endpoint fails, answers oddly or refuses us, and the partner refuses its tokens. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TokenProvider } from '@integrations/auth';
import { Clock } from '@platform/resilience';
import { parseConfig } from '../../libs/platform/config/src/app-config';
import { startCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';
import { metricAt } from '../support/metrics';
import { eventually } from '../support/eventually';
import { Replicas } from '../support/replicas';
import { availability, callers, failedOf, PATIENT, TokenScene, untilRedisIsFound } from '../support/token-scene';

let scene: TokenScene;

beforeAll(async () => {
  scene = await TokenScene.start();
});
beforeEach(() => scene.reset());
afterAll(() => scene.remove());

describe('while the provider fails', () => {
  it.each([
    ['answers 500', { kind: 'status', status: 500 } as const],
    ['says nothing', { kind: 'stall' } as const],
  ])('and %s, a token is used to its end; after it calls fail fast, and it is asked rarely', async (_, fault) => {
    await scene.sandbox.set({ tokenSeconds: 5 }); // is refreshed from 3.75 to 4.25 s on, and used until 4.5 s
    const [one] = await scene.serve(1);
    expect((await availability(one!)).source).toBe('live');
    await scene.sandbox.dial('token', fault);
    await scene.sandbox.forget();
    const aliveUntilMs = performance.now() + 4_300;
    while (performance.now() < aliveUntilMs) {
      expect((await availability(one!)).source).toBe('live');
      await delay(100);
    }
    await delay(1_500);
    const asked = await scene.sandbox.count('token');
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(asked).toBeLessThanOrEqual(8);
    const forgottenAtMs = performance.now();
    await scene.sandbox.forget();
    const answers = await callers([one!], 50);
    expect(answers.filter(({ status, source }) => status !== 200 || source === 'live')).toEqual([]);
    expect(await scene.sandbox.count('availability')).toBe(0); // never without a token
    const pauses = Math.ceil((performance.now() - forgottenAtMs) / 250) + 1;
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(pauses);
    await scene.sandbox.mend();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });

  it('because we are refused with a challenge, it is asked once', async () => {
    await scene.sandbox.set({ clientSecret: 'another' }); // 401, WWW-Authenticate
    const [one] = await scene.serve(1);
    await callers([one!], 10);
    expect(await metricAt(one!.url, 'farmlokal_token_requests_total{outcome="refused"}')).toBe(1);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('because we are refused, it is asked once a minute', async () => {
    const environment = { NODE_ENV: 'test', ...scene.sandbox.environment, OAUTH_CLIENT_SECRET: 'another' };
    const { app, close } = await startCatalogue(createSqlite, { partner: parseConfig(environment, () => '').partner });
    const tokens = app.get(TokenProvider, { strict: false });
    const clock = app.get(Clock, { strict: false });
    const startMs = clock.elapsedMs();
    for (const [seconds, requests] of [
      [0, 1],
      [1, 1],
      [59, 1],
      [61, 2],
      [119, 2],
    ] as const) {
      jest.spyOn(clock, 'elapsedMs').mockReturnValue(startMs + seconds * 1_000);
      await expect(tokens.get(new AbortController().signal)).rejects.toMatchObject({ name: 'token-refused' });
      expect([seconds, await scene.sandbox.count('token')]).toEqual([seconds, requests]);
    }
    jest.restoreAllMocks();
    await close();
  });

  it('because we are refused, it is asked once, until the secret is another', async () => {
    const file = join(tmpdir(), `farmlokal-test-secret-${process.pid}`);
    writeFileSync(file, 'the-old-one\n');
    const { OAUTH_CLIENT_SECRET: _, ...environment } = scene.sandbox.environment;
    const own = new Replicas(scene.database, { REDIS_URL: scene.redis.url, ...environment });
    const one = await own.serve({ OAUTH_CLIENT_SECRET_FILE: file, LOG_LEVEL: 'error' });
    for (let round = 0; round < 5; round++) {
      expect((await callers([one], 10)).every(({ source }) => source === 'catalogue')).toBe(true);
      await delay(400);
    }
    expect(await scene.sandbox.count('token')).toBe(1);
    expect(await metricAt(one.url, 'farmlokal_token_requests_total{outcome="refused"}')).toBe(1);
    writeFileSync(file, 'not-a-secret\n');
    await eventually(
      () => availability(one),
      ({ source }) => source === 'live',
    );
    expect(await scene.sandbox.count('token')).toBe(2);
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
    ['members that are null', fields({ token_type: null, refresh_token: null, scope: [], id_token: 'of a realm' }), 1],
    ['a life with a fraction and a space', fields({ expires_in: '3599.5 ' }), 1],
    ['a life of zero', fields({ expires_in: 0 }), 3],
    ['a negative life', fields({ expires_in: -1 }), 3],
    ['a life that is none', fields({ expires_in: 'abc' }), 3],
  ])('%s is understood, and costs three calls so many requests', async (_, fault, requests) => {
    await scene.sandbox.dial('token', fault);
    const [one] = await scene.serve(1);
    for (let calls = 0; calls < 3; calls++) expect((await availability(one!)).source).toBe('live');
    expect(await scene.sandbox.count('token')).toBe(requests);
  });

  it('a token is asked for in the form, if the provider wants that', async () => {
    const [one] = await scene.serve(1, { OAUTH_CLIENT_AUTH: 'post', OAUTH_RESOURCE: 'https://api.example/stock' });
    expect((await availability(one!)).source).toBe('live');
  });

  it('the reason why there is no token is logged', async () => {
    await scene.sandbox.dial('token', { kind: 'status', status: 503, error: 'temporarily_unavailable' });
    const [one] = await scene.serve(1);
    await availability(one!);
    one!.child.kill('SIGTERM');
    expect((await one!.finished).stdout).toContain('"reason":"status 503, error temporarily_unavailable"');
  });

  it('lives that promise nothing, where others were had before, are not asked for again and again', async () => {
    await scene.sandbox.set({ tokenSeconds: 2 });
    const [one] = await scene.serve(1);
    expect((await availability(one!)).source).toBe('live');
    await scene.sandbox.dial('token', fields({ expires_in: 0 }));
    await delay(1_600); // it is to be refreshed from 1.5 to 1.7 s on
    for (let calls = 0; calls < 5; calls++) {
      expect((await availability(one!)).source).toBe('live');
      await delay(50);
    }
    await delay(1_000);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(8);
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
    await scene.sandbox.dial('token', fault);
    const [one] = await scene.serve(1);
    expect(await availability(one!)).toMatchObject({ status: 200, source: 'catalogue' });
    await scene.sandbox.mend();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });
});

describe('a token that the partner refuses', () => {
  it('is replaced once for all callers of all scene.replicas, and the calls are made again', async () => {
    const all = await scene.serve(2, PATIENT);
    await untilRedisIsFound(all);
    await callers(all, 5);
    await scene.sandbox.revokeTokens();
    await scene.sandbox.forget();
    const answers = await callers(all, 20);
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('is replaced once a call at most, and not for each of many calls', async () => {
    const [one] = await scene.serve(1);
    await scene.sandbox.dial('availability', { kind: 'status', status: 401 });
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await scene.sandbox.count('token'), await scene.sandbox.count('availability')]).toEqual([2, 2]);
    await callers([one!], 20);
    expect(await scene.sandbox.count('token')).toBe(2);
  });

  it('is kept where access is denied to anyone', async () => {
    const [one] = await scene.serve(1);
    await scene.sandbox.dial('availability', { kind: 'status', status: 403 });
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await scene.sandbox.count('token'), await scene.sandbox.count('availability')]).toEqual([1, 1]);
  });
});

it('neither a token nor the secret is in logs, errors, metrics, addresses or Redis', async () => {
  const SECRET = 'a-secret-with-a-%-and-a-+';
  await scene.sandbox.set({ clientSecret: SECRET, tokenSeconds: 2 });
  const [one] = await scene.serve(1, { OAUTH_CLIENT_SECRET: SECRET, LOG_LEVEL: 'trace' });
  await untilRedisIsFound([one!]);
  const seen: string[] = [];
  const look = async (path: string) => {
    const answer = await fetch(`${one!.url}${path}`, {
      headers: { connection: 'close', accept: path === '/metrics' ? 'text/plain' : '*/*' },
    });
    seen.push(JSON.stringify([...answer.headers]), await answer.text());
  };
  const faults = ['status', 'html', 'huge', 'bad-json', 'redirect', 'lose-answer', 'reset-body'] as const;
  for (const kind of faults) {
    await availability(one!);
    await scene.sandbox.dial('api', { kind });
    await look('/products/1/availability');
    await scene.sandbox.dial('token', { kind, error: SECRET, times: 1 });
    await scene.sandbox.revokeTokens();
    await look('/products/2/availability');
    await scene.sandbox.mend();
    await delay(300);
  }
  await scene.sandbox.dial('token', { kind: 'status', status: 401, error: 'invalid_client' });
  await delay(2_000);
  for (const path of ['/products/3/availability', '/products/999/availability', '/metrics', '/nowhere'])
    await look(path);
  for (const key of await scene.commands.keys('*')) {
    const value =
      (await scene.commands.type(key)) === 'hash' ? await scene.commands.hgetall(key) : await scene.commands.get(key);
    seen.push(key, JSON.stringify(value));
  }
  seen.push(...(await scene.sandbox.seen()).requests.map(({ url }) => url));
  one!.child.kill('SIGTERM');
  const { stdout, stderr } = await one!.finished;
  seen.push(stdout, stderr);

  const tokens = await scene.sandbox.givenTokens();
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
