/**
 * Replicas share one token through a real Redis: Lua scripts, timeouts, and a lease holder that is killed or paused.
 * The rules are tested in libs/integrations/auth/src/token.provider.*.spec.ts.
 */
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

describe('token provider: 50 callers on each of 4 replicas with a cold cache', () => {
  it('single flight: all callers share one token request', async () => {
    const all = await scene.serveWithRedis(4, LONG_DEADLINES);
    const responses = await requestConcurrently(all, 50);
    expect(failedOf(responses)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('single flight: if Redis hangs, there is at most one token request per replica and no caller fails', async () => {
    const all = await scene.serve(4, LONG_DEADLINES);
    scene.redis.pause();
    const responses = await requestConcurrently(all, 50);
    scene.redis.resume();
    expect(failedOf(responses)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(4);
  });

  it('lease: if its holder dies, there are at most two token requests and no other caller fails', async () => {
    const [victim] = await scene.serve(1, { ...LONG_DEADLINES, FARMLOKAL_FAILPOINTS: 'tk.granted=kill' });
    const others = await scene.serve(3, LONG_DEADLINES);
    await untilRedisIsAvailable([victim!, ...others]);
    const dying = availability(victim!).catch(() => undefined);
    await eventually(
      () => victim!.stderr(),
      (stderr) => stderr.includes('failpoint tk.granted'),
    );
    const responses = await requestConcurrently(others, 50);
    await dying;
    expect(failedOf(responses)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(2);
  });
});

it('fencing: a paused lease holder does not overwrite a newer token', async () => {
  const [paused] = await scene.serve(1, { ...LONG_DEADLINES, FARMLOKAL_FAILPOINTS: 'tk.granted=stop' });
  const [other] = await scene.serve(1, LONG_DEADLINES);
  await untilRedisIsAvailable([paused!, other!]);
  const late = availability(paused!);
  await eventually(
    () => paused!.stderr(),
    (stderr) => stderr.includes('failpoint tk.granted'),
  );
  expect((await availability(other!)).source).toBe('live');
  const [key] = await scene.commands.keys('farmlokal:*:auth:token:*');
  const newer = await scene.commands.hgetall(key!);
  paused!.child.kill('SIGCONT');
  expect((await late).source).toBe('live');
  expect(await scene.commands.hgetall(key!)).toEqual(newer);
  expect(await metricAt(paused!.url, 'farmlokal_token_shared_used_total')).toBe(1);
});
