import { Logger } from '@nestjs/common';
import type { AppConfig } from '@platform/config';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { SyncSchedule } from './sync-schedule.service';
import { syncPolicy } from './sync.policy';
import type { SyncRequest, SyncService } from './sync.service';
import { FakeSync } from './testing';

const EVERY_MS = 60_000;
const SHORTEST_MS = EVERY_MS * (1 - syncPolicy.jitter / 2);
const LONGEST_MS = EVERY_MS * (1 + syncPolicy.jitter / 2);

describe('sync schedule', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));
  afterEach(() => jest.restoreAllMocks());

  it('interval: runs start at the configured interval', async () => {
    const { schedule, run } = setUp();
    schedule.start();
    await advance(EVERY_MS - 1);
    expect(run).not.toHaveBeenCalled();
    await advance(9 * EVERY_MS + 1);
    expect(run).toHaveBeenCalledTimes(10);
  });

  it.each([
    ['shortest', 0, SHORTEST_MS],
    ['longest', 1, LONGEST_MS],
  ])('jitter: the %s pause differs from the interval by a tenth', async (_, randomness, pauseMs) => {
    const { schedule, run } = setUp({ randomness });
    schedule.start();
    await advance(pauseMs - 1);
    expect(run).not.toHaveBeenCalled();
    await advance(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('jitter: a run that another replica completed less than the shortest pause ago is not repeated', async () => {
    const { schedule, run } = setUp();
    schedule.start();
    await advance(EVERY_MS);
    expect(run.mock.calls[0]?.[0].minIntervalMs).toBe(EVERY_MS * (1 - syncPolicy.jitter));
    expect(EVERY_MS * (1 - syncPolicy.jitter)).toBeLessThan(SHORTEST_MS);
  });

  it.each([
    ['no partner', undefined],
    ['an interval of zero', { syncEverySeconds: 0 }],
  ])('disabled: with %s there are no runs', async (_, partner) => {
    const { schedule, run } = setUp({ partner });
    schedule.start();
    await advance(10 * EVERY_MS);
    expect(run).not.toHaveBeenCalled();
    await schedule.beforeApplicationShutdown();
  });

  it('start: a second start does not double the runs', async () => {
    const { schedule, run } = setUp();
    schedule.start();
    schedule.start();
    await advance(EVERY_MS);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('one run at a time: the pause begins when the run ends', async () => {
    const { schedule, run, clock } = setUp();
    run.mockImplementation(() => clock.sleep(3 * EVERY_MS).then(() => 'busy'));
    schedule.start();
    await advance(4 * EVERY_MS);
    expect(run).toHaveBeenCalledTimes(1);
    await advance(EVERY_MS);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('failure: it is logged, and the next interval runs again', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { schedule, run } = setUp();
    run.mockRejectedValueOnce(new Error('the partner does not respond'));
    schedule.start();
    await advance(2 * EVERY_MS);
    expect(run).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls).toMatchObject([[{ reason: 'the partner does not respond' }]]);
  });

  it('shutdown: between two runs it completes at once', async () => {
    const { schedule, run } = setUp();
    schedule.start();
    await schedule.beforeApplicationShutdown();
    await advance(10 * EVERY_MS);
    expect(run).not.toHaveBeenCalled();
  });

  it('shutdown: it waits for the page that is being stored, but for no further page', async () => {
    const scene = new FakeSync();
    scene.database.storesAfterMs = 500;
    const { schedule } = setUp({ sync: scene.replica() });
    schedule.start();
    await advance(EVERY_MS + 100);
    const closed = jest.fn();
    void schedule.beforeApplicationShutdown().then(closed);
    await advance(0);
    expect(closed).not.toHaveBeenCalled();
    await advance(500);
    expect(closed).toHaveBeenCalled();
    expect([scene.database.stored.size, scene.partner.requests.length]).toEqual([100, 1]);
  });

  it('shutdown: a run that it aborts is not logged', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { schedule, run, clock } = setUp();
    run.mockImplementation(({ signal }) => clock.sleep(EVERY_MS, signal).then(() => 'busy'));
    schedule.start();
    await advance(EVERY_MS);
    await schedule.beforeApplicationShutdown();
    expect(run).toHaveBeenCalledTimes(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it('replicas: one of several replicas runs in each interval', async () => {
    const scene = new FakeSync();
    const schedules = [0, 0.5, 1].map((randomness) => setUp({ randomness, sync: scene.replica() }).schedule);
    for (const schedule of schedules) schedule.start();
    await advance(LONGEST_MS + 1_000);
    expect(scene.partner.requests).toHaveLength(3); // the pages of one run
  });
});

interface Options {
  readonly randomness?: number;
  readonly partner?: { syncEverySeconds: number } | undefined;
  readonly sync?: SyncService;
}

function setUp(options: Options = {}) {
  const clock = new TestClock(options.randomness);
  const run = jest.fn<ReturnType<SyncService['run']>, [SyncRequest]>(() => Promise.resolve('busy'));
  const partner = 'partner' in options ? options.partner : { syncEverySeconds: EVERY_MS / 1_000 };
  const sync = options.sync ?? ({ run } as unknown as SyncService);
  return { clock, run, schedule: new SyncSchedule({ partner } as AppConfig, sync, clock) };
}
