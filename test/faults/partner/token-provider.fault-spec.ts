/** Faults of the token endpoint: outage, malformed responses, a refused client; and tokens that the partner refuses. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually';
import { metricAt } from '../../support/metrics';
import {
  LONG_DEADLINES,
  TokenScene,
  availability,
  failedOf,
  requestConcurrently,
  untilRedisIsAvailable,
} from '../../support/token-scene';

let scene: TokenScene;

beforeAll(async () => {
  scene = await TokenScene.start();
});
beforeEach(() => scene.reset());
afterAll(() => scene.remove());

describe('token provider outage', () => {
  it('backoff: if the provider hangs, a token is used until it expires, then calls fail fast', async () => {
    await scene.sandbox.configure({ tokenSeconds: 20 }); // refreshed after 15 to 17 s, used until 18 s
    const [one] = await scene.serve(1);
    expect((await availability(one!)).source).toBe('live');
    await scene.sandbox.inject('token', { kind: 'stall' });
    await scene.sandbox.clearRequestLog();
    while ((await scene.sandbox.count('token')) === 0) {
      expect((await availability(one!)).source).toBe('live');
      await delay(100);
    }
    expect((await availability(one!)).source).toBe('live'); // while the refresh hangs
    await eventually(
      () => availability(one!),
      ({ source }) => source !== 'live',
    );
    const requested = await scene.sandbox.count('token');
    expect(requested).toBeGreaterThanOrEqual(1);
    expect(requested).toBeLessThanOrEqual(8);
    const clearedAtMs = performance.now();
    await scene.sandbox.clearRequestLog();
    const responses = await requestConcurrently([one!], 50);
    expect(responses.filter(({ status, source }) => status !== 200 || source === 'live')).toEqual([]);
    expect(await scene.sandbox.count('availability')).toBe(0); // never without a token
    const pauses = Math.ceil((performance.now() - clearedAtMs) / 250) + 1;
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(pauses);
    await scene.sandbox.clearFaults();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });

  it('invalid_client: a 401 with a challenge is a refusal, and 10 callers cause one request', async () => {
    await scene.sandbox.configure({ clientSecret: 'another' }); // 401, WWW-Authenticate
    const [one] = await scene.serve(1);
    await requestConcurrently([one!], 10);
    expect(await metricAt(one!.url, 'farmlokal_token_requests_total{outcome="refused"}')).toBe(1);
    expect(await scene.sandbox.count('token')).toBe(1);
  });
});

describe('token response', () => {
  it('token lifetime: a token with an expires_in of zero is used once', async () => {
    await scene.sandbox.inject('token', { kind: 'fields', fields: { expires_in: 0 } });
    const [one] = await scene.serve(1);
    for (let calls = 0; calls < 3; calls++) expect((await availability(one!)).source).toBe('live');
    expect(await scene.sandbox.count('token')).toBe(3);
  });

  it('client authentication: OAUTH_CLIENT_AUTH=post with OAUTH_RESOURCE gets a token', async () => {
    const [one] = await scene.serve(1, { OAUTH_CLIENT_AUTH: 'post', OAUTH_RESOURCE: 'https://api.example/stock' });
    expect((await availability(one!)).source).toBe('live');
  });

  it.each([
    ['a body of a megabyte', { kind: 'huge', bytes: 1_000_000 } as const],
    ['a redirect', { kind: 'redirect' } as const],
    ['a lost response', { kind: 'lose-answer' } as const],
    ['half a body', { kind: 'reset-body' } as const],
  ])('token error: %s is not a token, calls use the catalogue, and the service recovers', async (_, fault) => {
    await scene.sandbox.inject('token', fault);
    const [one] = await scene.serve(1);
    expect(await availability(one!)).toMatchObject({ status: 200, source: 'catalogue' });
    await scene.sandbox.clearFaults();
    await eventually(
      () => availability(one!),
      ({ source }) => source === 'live',
    );
  });
});

describe('refused tokens', () => {
  it('token invalidation: a revoked token is replaced once for all of two replicas, and no call fails', async () => {
    const all = await scene.serve(2, LONG_DEADLINES);
    await untilRedisIsAvailable(all);
    await requestConcurrently(all, 5);
    await scene.sandbox.revokeTokens();
    await scene.sandbox.clearRequestLog();
    const responses = await requestConcurrently(all, 20);
    expect(failedOf(responses)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('token invalidation: a partner that always returns 401 causes one new token a second, not one per call', async () => {
    const [one] = await scene.serve(1);
    await scene.sandbox.inject('availability', { kind: 'status', status: 401 });
    const startedMs = performance.now();
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await scene.sandbox.count('token'), await scene.sandbox.count('availability')]).toEqual([2, 2]);
    await requestConcurrently([one!], 40);
    const seconds = Math.ceil((performance.now() - startedMs) / 1_000);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(1 + seconds);
  });

  it('token invalidation: a 403 does not replace the token', async () => {
    const [one] = await scene.serve(1);
    await scene.sandbox.inject('availability', { kind: 'status', status: 403 });
    expect((await availability(one!)).source).toBe('catalogue');
    expect([await scene.sandbox.count('token'), await scene.sandbox.count('availability')]).toEqual([1, 1]);
  });
});

it('secrecy: neither a token nor the secret is in logs, errors, metrics, URLs or Redis', async () => {
  const SECRET = 'a-secret-with-a-%-and-a-+';
  await scene.sandbox.configure({ clientSecret: SECRET, tokenSeconds: 2 });
  const [one] = await scene.serve(1, { OAUTH_CLIENT_SECRET: SECRET, LOG_LEVEL: 'trace' });
  await untilRedisIsAvailable([one!]);
  const seen: string[] = [];
  const fetchAndRecord = async (path: string) => {
    const response = await fetch(`${one!.url}${path}`, {
      headers: { connection: 'close', accept: path === '/metrics' ? 'text/plain' : '*/*' },
    });
    seen.push(JSON.stringify([...response.headers]), await response.text());
  };
  const faults = ['status', 'html', 'huge', 'bad-json', 'redirect', 'lose-answer', 'reset-body'] as const;
  for (const kind of faults) {
    await availability(one!);
    await scene.sandbox.inject('api', { kind });
    await fetchAndRecord('/products/1/availability');
    await scene.sandbox.inject('token', { kind, error: SECRET, times: 1 });
    await scene.sandbox.revokeTokens();
    await fetchAndRecord('/products/2/availability');
    await scene.sandbox.clearFaults();
    await delay(300);
  }
  await scene.sandbox.inject('token', { kind: 'status', status: 401, error: 'invalid_client' });
  await delay(2_000);
  for (const path of ['/products/3/availability', '/products/999/availability', '/metrics', '/nowhere'])
    await fetchAndRecord(path);
  for (const key of await scene.commands.keys('*')) {
    const value =
      (await scene.commands.type(key)) === 'hash' ? await scene.commands.hgetall(key) : await scene.commands.get(key);
    seen.push(key, JSON.stringify(value));
  }
  seen.push(...(await scene.sandbox.requestLog()).requests.map(({ url }) => url));
  one!.child.kill('SIGTERM');
  const { stdout, stderr } = await one!.finished;
  seen.push(stdout, stderr);

  const tokens = await scene.sandbox.issuedTokens();
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
  expect(everything).toContain('the token request failed');
  expect(forms.filter((form) => everything.includes(form))).toEqual([]);
});
