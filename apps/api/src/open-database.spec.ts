import { Logger, type INestApplication } from '@nestjs/common';
import { PlannerStatisticsService, ReindexService, SearchIndexStateRepository } from '@features/products';
import { AppConfig } from '@platform/config';
import { DatabaseUnavailableError, DatabaseOpening, ReplicaRouter } from '@platform/database';
import { DatabaseMonitor } from '@platform/health';
import { Clock } from '@platform/resilience';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { keepOpening, openDatabase } from './open-database';

const AWAY = new DatabaseUnavailableError(new Error('connect ECONNREFUSED'));
const LOST = Object.assign(new Error('connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' });
const TOO_OLD = new Error('The database schema is older than this version; run: npm run db:migrate');

describe('opening the database', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('open: replicas are followed, statistics are read and the monitor checks at once', async () => {
    const { app, calls } = setUp();
    expect(await openDatabase(app)).toBe(true);
    expect(calls).toEqual(['open', 'refresh', 'follow', 'check']);
  });

  it.each([
    ['cannot be reached', AWAY],
    ['is lost on the way', LOST],
  ])('away: false if the server %s, and nothing else starts', async (_, error) => {
    const { app, calls, failures } = setUp();
    failures.push(error);
    expect(await openDatabase(app)).toBe(false);
    expect(calls).toEqual(['open']);
  });

  it('schema: one that is too old is refused, also if the database comes late', async () => {
    const { app, failures } = setUp();
    failures.push(TOO_OLD, AWAY, TOO_OLD);
    await expect(openDatabase(app)).rejects.toThrow('npm run db:migrate');
    const opening = keepOpening(app, new AbortController().signal);
    const refused = expect(opening).rejects.toThrow('npm run db:migrate');
    await advance(60_000);
    await refused;
  });

  it('search index: one that is not complete is not rebuilt in production', async () => {
    const { app, calls, index } = setUp();
    index.isComplete = false;
    expect(await openDatabase(app)).toBe(true);
    expect(calls).not.toContain('reindex');
  });

  it('backoff: attempts are apart by delays that double from 0.5 s up to 5 s, with jitter', async () => {
    const { app, clock, failures, openedAtMs } = setUp();
    clock.randomness = 1; // the longest delays
    failures.push(...Array.from({ length: 6 }, () => AWAY));
    void keepOpening(app, new AbortController().signal);
    await advance(60_000);
    expect(delays(openedAtMs)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  it('backoff: no jitter makes a delay shorter than half', async () => {
    const { app, clock, failures, openedAtMs } = setUp();
    clock.randomness = 0;
    failures.push(AWAY, AWAY);
    void keepOpening(app, new AbortController().signal);
    await advance(60_000);
    expect(delays(openedAtMs)).toEqual([250, 500, 1_000]);
  });

  it('recovery: attempts end as soon as one succeeds', async () => {
    const { app, failures, openedAtMs } = setUp();
    failures.push(AWAY, LOST);
    const opened = jest.fn();
    void keepOpening(app, new AbortController().signal).then(opened);
    await advance(60_000);
    expect(opened).toHaveBeenCalled();
    expect(openedAtMs).toHaveLength(3);
  });

  it('shutdown: attempts end at once, without another one', async () => {
    const { app, failures, openedAtMs } = setUp();
    failures.push(AWAY, AWAY, AWAY);
    const ending = new AbortController();
    const ended = jest.fn();
    void keepOpening(app, ending.signal).then(ended);
    await advance(1_000);
    const attempts = openedAtMs.length;
    ending.abort(new Error('told to end'));
    await advance(0);
    expect(ended).toHaveBeenCalled();
    await advance(60_000);
    expect(openedAtMs).toHaveLength(attempts);
  });
});

function delays(timesMs: readonly number[]): number[] {
  return timesMs.map((timeMs, at) => timeMs - (timesMs[at - 1] ?? 0));
}

/** In production. Opening fails with each of `failures` in turn, then succeeds; times count from the start. */
function setUp() {
  const clock = new TestClock();
  const beganMs = clock.elapsedMs();
  const failures: Error[] = [];
  const openedAtMs: number[] = [];
  const calls: string[] = [];
  const index = { isComplete: true };
  const call = (name: string) => () => Promise.resolve(void calls.push(name));
  const open = async () => {
    openedAtMs.push(clock.elapsedMs() - beganMs);
    await call('open')();
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const parts = new Map<unknown, unknown>([
    [AppConfig, { environment: 'production' }],
    [Clock, clock],
    [DatabaseOpening, { open }],
    [SearchIndexStateRepository, { isComplete: () => Promise.resolve(index.isComplete) }],
    [PlannerStatisticsService, { refresh: call('refresh') }],
    [ReindexService, { run: call('reindex') }],
    [ReplicaRouter, { follow: call('follow') }],
    [DatabaseMonitor, { check: call('check') }],
  ]);
  const app = { get: (token: unknown) => parts.get(token) } as INestApplication;
  return { app, clock, failures, openedAtMs, calls, index };
}
