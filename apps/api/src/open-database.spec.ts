import { Catalogue } from '@catalogue';
import { Logger, type INestApplication } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { DatabaseUnavailableError, DatabaseOpening, ReplicaRouter } from '@platform/database';
import { DatabaseMonitor } from '@platform/health';
import { Clock } from '@platform/resilience';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { retryOpening, openDatabase } from './open-database';

const UNAVAILABLE = new DatabaseUnavailableError(new Error('connect ECONNREFUSED'));
const CONNECTION_LOST = Object.assign(new Error('connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' });
const OUTDATED_SCHEMA = new Error('The database schema is older than this version. Run: npm run db:migrate');

describe('opening the database', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('open: the catalogue is prepared, replicas are followed and the monitor checks at once', async () => {
    const { app, calls } = setUp();
    expect(await openDatabase(app)).toBe(true);
    expect(calls).toEqual(['open', 'prepare', 'follow', 'check']);
  });

  it.each([
    ['is unreachable', UNAVAILABLE],
    ['closes the connection', CONNECTION_LOST],
  ])('unavailable: returns false if the server %s, and starts nothing else', async (_, error) => {
    const { app, calls, failures } = setUp();
    failures.push(error);
    expect(await openDatabase(app)).toBe(false);
    expect(calls).toEqual(['open']);
  });

  it('schema: an outdated schema is refused, also if the database becomes available later', async () => {
    const { app, failures } = setUp();
    failures.push(OUTDATED_SCHEMA, UNAVAILABLE, OUTDATED_SCHEMA);
    await expect(openDatabase(app)).rejects.toThrow('npm run db:migrate');
    const opening = retryOpening(app, new AbortController().signal);
    const refused = expect(opening).rejects.toThrow('npm run db:migrate');
    await advance(60_000);
    await refused;
  });

  it('backoff: delays between attempts double from 0.5 s up to 5 s', async () => {
    const { app, clock, failures, openedAtMs } = setUp();
    clock.randomness = 1; // the longest delays
    failures.push(...Array.from({ length: 6 }, () => UNAVAILABLE));
    void retryOpening(app, new AbortController().signal);
    await advance(60_000);
    expect(delays(openedAtMs)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });

  it('backoff: jitter shortens a delay by half at most', async () => {
    const { app, clock, failures, openedAtMs } = setUp();
    clock.randomness = 0;
    failures.push(UNAVAILABLE, UNAVAILABLE);
    void retryOpening(app, new AbortController().signal);
    await advance(60_000);
    expect(delays(openedAtMs)).toEqual([250, 500, 1_000]);
  });

  it('recovery: retries end after the first successful attempt', async () => {
    const { app, failures, openedAtMs } = setUp();
    failures.push(UNAVAILABLE, CONNECTION_LOST);
    const opened = jest.fn();
    void retryOpening(app, new AbortController().signal).then(opened);
    await advance(60_000);
    expect(opened).toHaveBeenCalled();
    expect(openedAtMs).toHaveLength(3);
  });

  it('shutdown: retries end at once, without another attempt', async () => {
    const { app, failures, openedAtMs } = setUp();
    failures.push(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    const shutdown = new AbortController();
    const ended = jest.fn();
    void retryOpening(app, shutdown.signal).then(ended);
    await advance(1_000);
    const attempts = openedAtMs.length;
    shutdown.abort(new Error('shutting down'));
    await advance(0);
    expect(ended).toHaveBeenCalled();
    await advance(60_000);
    expect(openedAtMs).toHaveLength(attempts);
  });
});

function delays(timesMs: readonly number[]): number[] {
  return timesMs.map((timeMs, at) => timeMs - (timesMs[at - 1] ?? 0));
}

/** An application in production. Opening fails with each of `failures`, then succeeds; times count from the start. */
function setUp() {
  const clock = new TestClock();
  const startMs = clock.elapsedMs();
  const failures: Error[] = [];
  const openedAtMs: number[] = [];
  const calls: string[] = [];
  const call = (name: string) => () => Promise.resolve(void calls.push(name));
  const open = async () => {
    openedAtMs.push(clock.elapsedMs() - startMs);
    await call('open')();
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const parts = new Map<unknown, unknown>([
    [AppConfig, { environment: 'production' }],
    [Clock, clock],
    [DatabaseOpening, { open }],
    [Catalogue, { prepare: call('prepare') }],
    [ReplicaRouter, { startChecks: call('follow') }],
    [DatabaseMonitor, { check: call('check') }],
  ]);
  const app = { get: (token: unknown) => parts.get(token) } as INestApplication;
  return { app, clock, failures, openedAtMs, calls };
}
