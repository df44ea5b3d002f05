import { Logger } from '@nestjs/common';
import { advance, useVirtualTime } from '@testing/resilience';
import { syncPolicy } from './sync.policy';
import { aRequest, FakeSync } from './testing';

const { leaseMs, renewMs } = syncPolicy;

describe('partner sync: lease', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('lease: one process runs at a time, the others are busy', async () => {
    const scene = new FakeSync();
    const runs = [scene.replica(), scene.replica(), scene.replica()].map((each) => each.run(aRequest()));
    await advance(1_000);
    expect(await Promise.all(runs)).toEqual([expect.objectContaining({ read: 250 }), 'busy', 'busy']);
    expect(scene.partner.requests).toHaveLength(3);
  });

  it('lease: it is renewed while a page takes longer than the lease', async () => {
    const scene = new FakeSync();
    scene.partner.respondsAfterMs = 3 * leaseMs;
    const running = scene.replica().run(aRequest());
    await advance(2 * leaseMs);
    expect(await scene.replica().run(aRequest())).toBe('busy');
    await advance(10 * leaseMs);
    expect(await running).toMatchObject({ read: 250 });
  });

  it('lease: the end of the run releases it and stops the renewals', async () => {
    const scene = new FakeSync();
    void scene.replica().run(aRequest());
    await advance(1_000);
    expect(jest.getTimerCount()).toBe(0);
    const next = scene.replica().run(aRequest());
    await advance(1_000);
    expect(await next).toMatchObject({ read: 0 });
  });

  it('crash: another process continues after the last stored page once the lease has expired', async () => {
    const scene = await killedAfterOnePage();
    const other = scene.replica();
    await advance(leaseMs - 100);
    expect(await other.run(aRequest())).toBe('busy');
    await advance(100);
    const running = other.run(aRequest());
    await advance(1_000);
    expect(await running).toMatchObject({ read: 150, changed: 150, unchanged: 0 });
  });

  it('fencing: a paused process whose lease was taken over stores nothing more', async () => {
    const scene = new FakeSync();
    scene.partner.respondsAfterMs = leaseMs + renewMs;
    const paused = scene.replica({ isPaused: true }).run(aRequest());
    const failed = expect(paused).rejects.toThrow('another process has taken over the sync lease');
    await advance(leaseMs);
    scene.partner.respondsAfterMs = 10;
    scene.partner.products = 100;
    const other = scene.replica().run(aRequest());
    await advance(renewMs - 1);
    expect(await other).toMatchObject({ read: 100 });
    scene.partner.products = 250;
    await advance(1);
    await failed;
    expect([scene.database.stored.size, scene.database.nextCursor]).toEqual([100, '100']);
  });

  it('fencing: a paused process does not release the lease of its successor', async () => {
    const scene = new FakeSync();
    scene.partner.respondsAfterMs = leaseMs + 1;
    const paused = scene.replica({ isPaused: true }).run(aRequest());
    const failed = expect(paused).rejects.toThrow('taken over the sync lease');
    await advance(leaseMs);
    void scene.replica().run(aRequest());
    await advance(1);
    await failed;
    expect(await scene.replica().run(aRequest())).toBe('busy');
  });

  it('interval: a run is busy if one was completed too recently', async () => {
    const scene = new FakeSync();
    void scene.replica().run(aRequest());
    await advance(1_000);
    expect(await scene.replica().run(aRequest({ minIntervalMs: 60_000 }))).toBe('busy');
    await advance(60_000);
    const next = scene.replica().run(aRequest({ minIntervalMs: 60_000 }));
    await advance(1_000);
    expect(await next).toMatchObject({ read: 0 });
  });

  it('failure: the lease is released and the run does not count as completed', async () => {
    const scene = new FakeSync();
    scene.partner.failure = new Error('the partner does not respond');
    await expectFailure(scene, 'the partner does not respond');
    scene.partner.failure = undefined;
    const next = scene.replica().run(aRequest({ minIntervalMs: 60_000 }));
    await advance(1_000);
    expect(await next).toMatchObject({ read: 250 });
  });

  it('failure: if the lease cannot be released, it expires', async () => {
    const scene = new FakeSync();
    scene.partner.failure = new Error('the partner does not respond');
    scene.database.failures.finish = new Error('connection lost');
    await expectFailure(scene, 'the partner does not respond');
    scene.partner.failure = undefined;
    expect(await scene.replica().run(aRequest())).toBe('busy');
    await advance(leaseMs);
    const next = scene.replica().run(aRequest());
    await advance(1_000);
    expect(await next).toMatchObject({ read: 250 });
  });

  it('shutdown: a request to the partner is aborted, and stored pages remain', async () => {
    const scene = new FakeSync();
    const shutdown = new AbortController();
    const running = scene.replica().run(aRequest({ signal: shutdown.signal }));
    await advance(1.5 * scene.partner.respondsAfterMs);
    shutdown.abort(new Error('shutting down'));
    await advance(0);
    expect(await running).toMatchObject({ read: 100 });
    expect(scene.database.nextCursor).toBe('100');
  });

  it('shutdown: a page that is being stored is completed, and no other is requested', async () => {
    const scene = new FakeSync();
    scene.database.storesAfterMs = 500;
    const shutdown = new AbortController();
    const running = scene.replica().run(aRequest({ signal: shutdown.signal }));
    await advance(100);
    shutdown.abort(new Error('shutting down'));
    await advance(1_000);
    expect(await running).toMatchObject({ read: 100 });
    expect([scene.database.stored.size, scene.partner.requests.length]).toEqual([100, 1]);
  });

  it('shutdown: an interrupted run does not count as completed', async () => {
    const scene = new FakeSync();
    void scene.replica().run(aRequest({ signal: AbortSignal.abort() }));
    await advance(0);
    const next = scene.replica().run(aRequest({ minIntervalMs: 60_000 }));
    await advance(1_000);
    expect(await next).toMatchObject({ read: 250 });
  });
});

async function expectFailure(scene: FakeSync, message: string): Promise<void> {
  const failed = expect(scene.replica().run(aRequest())).rejects.toThrow(message);
  await advance(100);
  await failed;
}

/** The process was killed after its first commit; its lease has just begun. */
async function killedAfterOnePage(): Promise<FakeSync> {
  const scene = new FakeSync();
  scene.afterPage = () => new Promise(() => undefined);
  void scene.replica({ isPaused: true }).run(aRequest());
  await advance(scene.partner.respondsAfterMs);
  expect(scene.database.stored.size).toBe(100);
  scene.afterPage = () => Promise.resolve();
  return scene;
}
