/** One token for all replicas: with a cold cache, when it expires, and if the lease holder dies. */
import { setTimeout as delay } from 'node:timers/promises';
import { metricAt } from '../support/metrics';
import { eventually } from '../support/eventually';
import type { Replica } from '../support/replicas';
import { availability, callers, failedOf, PATIENT, TokenScene, untilRedisIsFound } from '../support/token-scene';

let scene: TokenScene;

beforeAll(async () => {
  scene = await TokenScene.start();
});
beforeEach(() => scene.reset());
afterAll(() => scene.remove());

const pauseRedis = () => Promise.resolve().then(() => scene.redis.pause());
const resumeRedis = () => Promise.resolve().then(() => scene.redis.resume());

describe('token provider: 50 callers on each of 4 replicas with a cold cache', () => {
  it('single flight: all callers cost one token request', async () => {
    const all = await scene.serveTogether(4, PATIENT);
    const answers = await callers(all, 50);
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('single flight: all callers cost one token request even if the provider is slow', async () => {
    await scene.sandbox.dial('token', { kind: 'slow', ms: 2_500 });
    const all = await scene.serveTogether(4, PATIENT);
    const answers = await callers(all, 50);
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it.each([
    ['killed', () => scene.redis.kill(), () => scene.redis.restart()],
    ['paused', () => pauseRedis(), () => resumeRedis()],
  ])(
    'single flight: if Redis is %s, there is at most one token request per replica and no caller fails',
    async (_, takeAway, giveBack) => {
      const all = await scene.serve(4, PATIENT);
      await takeAway();
      const answers = await callers(all, 50);
      await giveBack();
      expect(failedOf(answers)).toEqual([]);
      expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(4);
    },
  );

  it.each(['tk.turn.taken', 'tk.granted', 'tk.shared'])(
    'lease: if its holder dies at %s, there are at most two token requests and no other caller fails',
    async (failpoint) => {
      const [victim] = await scene.serve(1, { ...PATIENT, FARMLOKAL_FAILPOINTS: `${failpoint}=kill` });
      const others = await scene.serve(3, PATIENT);
      await untilRedisIsFound([victim!, ...others]);
      await goOnWithout(victim!, others, () => victim!.stderr().includes(`failpoint ${failpoint}`));
    },
  );

  it('lease: if its holder dies, the other callers get a token within the default deadline', async () => {
    const settings = { PARTNER_CONCURRENT_CALLS: '100' };
    const [victim] = await scene.serve(1, { ...settings, FARMLOKAL_FAILPOINTS: 'tk.turn.taken=kill' });
    const others = await scene.serve(3, settings);
    await untilRedisIsFound([victim!, ...others]);
    await scene.sandbox.dial('token', { kind: 'slow', ms: 300 });
    const dying = availability(victim!).catch(() => undefined);
    await eventually(
      () => victim!.stderr(),
      (stderr) => stderr.includes('failpoint tk.turn.taken'),
    );
    const answers = await callers(others, 10);
    await dying;
    expect(failedOf(answers)).toEqual([]);
  });

  it('lease: if its holder dies during the token request, there are at most two and no other caller fails', async () => {
    const [victim, ...others] = await scene.serveTogether(4, PATIENT);
    await scene.sandbox.dial('token', { kind: 'slow', ms: 1_000, times: 1 });
    await goOnWithout(victim!, others, async () => {
      if ((await scene.sandbox.count('token')) === 0) return false;
      await scene.replicas.stop('SIGKILL', victim!);
      return true;
    });
  });

  async function goOnWithout(victim: Replica, others: readonly Replica[], isDead: () => boolean | Promise<boolean>) {
    const dying = availability(victim).catch(() => undefined);
    await eventually(isDead, (dead) => dead);
    const answers = await callers(others, 50);
    await dying;
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(2);
  }
});

it('fencing: a paused lease holder does not overwrite a newer token', async () => {
  const [sleeper] = await scene.serve(1, { ...PATIENT, FARMLOKAL_FAILPOINTS: 'tk.granted=stop' });
  const [other] = await scene.serve(1, PATIENT);
  await untilRedisIsFound([sleeper!, other!]);
  const late = availability(sleeper!);
  await eventually(
    () => sleeper!.stderr(),
    (stderr) => stderr.includes('failpoint tk.granted'),
  );
  expect((await availability(other!)).source).toBe('live');
  const [key] = await scene.commands.keys('farmlokal:*:auth:token:*');
  const newer = await scene.commands.hgetall(key!);
  sleeper!.child.kill('SIGCONT');
  expect((await late).source).toBe('live');
  expect(await scene.commands.hgetall(key!)).toEqual(newer);
  expect(await metricAt(sleeper!.url, 'farmlokal_token_adopted_total')).toBe(1);
});

it('token refresh: a token is refreshed while it is in use, by one replica for all', async () => {
  await scene.sandbox.set({ tokenSeconds: 4 });
  const all = await scene.serveTogether(3, PATIENT);
  const untilMs = performance.now() + 8_000;
  while (performance.now() < untilMs) {
    expect(failedOf(await callers(all, 2))).toEqual([]);
    await delay(50);
  }
  // 8 s hold two lives of 4 s, each of which ends for new ones after 3.0 to 3.4 s
  expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(4);
  expect(await scene.sandbox.count('token')).toBeGreaterThanOrEqual(2);
});

it('token lifetime: a token of two seconds works', async () => {
  await scene.sandbox.set({ tokenSeconds: 2 });
  const [one] = await scene.serve(1, PATIENT);
  const untilMs = performance.now() + 4_000;
  while (performance.now() < untilMs) {
    expect((await availability(one!)).source).toBe('live');
    await delay(100);
  }
  expect((await scene.sandbox.seen()).requests.filter(({ status }) => status === 401)).toEqual([]);
});
