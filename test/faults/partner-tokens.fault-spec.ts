/**
 * One token for all replicas, through a real Redis: its scripts, its timeouts, a holder that is killed or paused. The rules are
 * proven in libs/integrations/auth/src/token.provider.*.spec.ts.
 */
import { metricAt } from '../support/metrics';
import { eventually } from '../support/eventually';
import { availability, callers, failedOf, PATIENT, TokenScene, untilRedisIsFound } from '../support/token-scene';

let scene: TokenScene;

beforeAll(async () => {
  scene = await TokenScene.start();
});
beforeEach(() => scene.reset());
afterAll(() => scene.remove());

describe('token provider: 50 callers on each of 4 replicas with a cold cache', () => {
  it('single flight: all callers cost one token request', async () => {
    const all = await scene.serveTogether(4, PATIENT);
    const answers = await callers(all, 50);
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBe(1);
  });

  it('single flight: if Redis hangs, there is at most one token request per replica and no caller fails', async () => {
    const all = await scene.serve(4, PATIENT);
    scene.redis.pause();
    const answers = await callers(all, 50);
    scene.redis.resume();
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(4);
  });

  it('lease: if its holder dies, there are at most two token requests and no other caller fails', async () => {
    const [victim] = await scene.serve(1, { ...PATIENT, FARMLOKAL_FAILPOINTS: 'tk.granted=kill' });
    const others = await scene.serve(3, PATIENT);
    await untilRedisIsFound([victim!, ...others]);
    const dying = availability(victim!).catch(() => undefined);
    await eventually(
      () => victim!.stderr(),
      (stderr) => stderr.includes('failpoint tk.granted'),
    );
    const answers = await callers(others, 50);
    await dying;
    expect(failedOf(answers)).toEqual([]);
    expect(await scene.sandbox.count('token')).toBeLessThanOrEqual(2);
  });
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
  expect(await metricAt(sleeper!.url, 'farmlokal_token_shared_used_total')).toBe(1);
});
