import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { Latch } from '@testing/resilience';
import { inboxPolicy } from '../inbox.policy';
import {
  EVENT_TYPE,
  neverPrepared,
  newEvent,
  recordedEffect,
  useInbox,
  type TestHandler,
  type TestReplica,
} from '../testing';

const { leaseMs, maxBatchEvents, maxLookups, pollMs, renewMs } = inboxPolicy;

describe('worker', () => {
  const inbox = useInbox();

  it('wake: an event that this process accepts is applied without waiting for the next poll', async () => {
    const replica = await idleReplica();

    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', finishedAtMs: Date.now() });
  });

  it('wake: a duplicate does not wake the worker', async () => {
    const replica = await idleReplica();
    await inbox().receive('evt-1');
    const polled = jest.spyOn(replica.work, 'claim');

    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);

    expect(polled).not.toHaveBeenCalled();
  });

  it('wake: an event that is accepted during a claim is not missed', async () => {
    const replica = await idleReplica();
    replica.failpoints.on('in.insert.committed', () => replica.worker.wake());

    await Promise.all([1, 2, 3].map((index) => replica.inbox.accept(newEvent(`evt-${index}`))));
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toHaveLength(3);
  });

  it('poll: an event that another process accepted is applied within pollMs', async () => {
    await idleReplica();
    await inbox().receive('evt-1');

    await advanceWithDatabase(pollMs - 1);
    expect(await inbox().applied()).toEqual([]);
    await advanceWithDatabase(1);
    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('poll: an idle worker polls once per pollMs', async () => {
    const replica = await idleReplica();
    const polled = jest.spyOn(replica.work, 'claim');

    await advanceWithDatabase(10 * pollMs);

    expect(polled).toHaveBeenCalledTimes(10);
  });

  it('start: a second start has no effect', async () => {
    const replica = await idleReplica();
    replica.worker.start();
    const polled = jest.spyOn(replica.work, 'claim');

    await advanceWithDatabase(10 * pollMs);

    expect(polled).toHaveBeenCalledTimes(10);
  });

  it('concurrency: a worker never has more than maxLookups lookups in flight', async () => {
    const { handler, running, finishOne } = countedHandler();
    await inbox().receive(...eventIds(3 * maxLookups));
    inbox().workingReplica({ handlers: { [EVENT_TYPE]: handler } });

    await advanceWithDatabase(5 * pollMs);
    expect(running()).toBe(maxLookups);

    finishOne();
    await advanceWithDatabase(0);
    expect(running()).toBe(maxLookups);
    expect(await inbox().applied()).toHaveLength(1);
  });

  it('concurrency: a backlog is processed without waiting for polls', async () => {
    const backlog = eventIds(3 * maxBatchEvents + 1);
    await inbox().receive(...backlog);

    inbox().workingReplica();
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual(backlog);
  });

  it('exactly once: three replicas share a backlog, and each event is applied once', async () => {
    const backlog = eventIds(3 * maxBatchEvents);
    await inbox().receive(...backlog);

    const replicas = Array.from({ length: 3 }, () => inbox().workingReplica());
    await advanceWithDatabase(10 * pollMs);

    expect((await inbox().applied()).sort()).toEqual(backlog.sort());
    expect((await inbox().rows()).every(({ state, attempts }) => state === 'DONE' && attempts === 1)).toBe(true);
    for (const replica of replicas) expect(await replica.counted('attempts', { result: 'done' })).toBeGreaterThan(0);
  });

  it('fairness: events that have been due for longest are claimed first', async () => {
    await inbox().receive('evt-1', 'evt-2', 'evt-3');
    await inbox().update('due_at_ms = due_at_ms - 1', 'evt-3');

    await inbox().replica().attemptDue();

    expect(await inbox().applied()).toEqual(['evt-3', 'evt-1', 'evt-2']);
  });

  it('lease: it is renewed every renewMs, so that a long attempt keeps its event', async () => {
    await inbox().receive('evt-1');
    const owner = inbox().workingReplica({ handlers: { [EVENT_TYPE]: neverPrepared } });
    await advanceWithDatabase(0);
    const other = await idleReplica();

    for (let renewal = 0; renewal < 10; renewal++) {
      await advanceWithDatabase(renewMs);
      expect((await inbox().row('evt-1')).leaseUntilMs).toBe(Date.now() + leaseMs);
    }

    expect(await inbox().row('evt-1')).toMatchObject({ attempts: 1, abandoned: 0 });
    expect(await owner.counted('attempts', { result: 'lost' })).toBe(0);
    expect(await other.counted('attempts', { result: 'abandoned' })).toBe(0);
  });

  it('lease: two failed renewals do not lose it', async () => {
    await inbox().receive('evt-1');
    const owner = inbox().workingReplica({ handlers: { [EVENT_TYPE]: neverPrepared } });
    await advanceWithDatabase(0);
    await idleReplica();
    const renewal = jest.spyOn(owner.work, 'renew');
    for (let failures = 0; failures < 2; failures++) renewal.mockRejectedValueOnce(databaseFailures.deadlock());

    await advanceWithDatabase(5 * renewMs);

    expect(renewal.mock.calls.length).toBeGreaterThan(2);
    expect(await inbox().row('evt-1')).toMatchObject({ attempts: 1, abandoned: 0 });
  });

  it('database down: the worker logs once, waits and recovers without a restart', async () => {
    const replica = await idleReplica();
    replica.database.failNext(1_000, databaseFailures.connectionLost);
    await inbox().receive('evt-1');
    const calls = replica.database.deadlines.length;

    await advanceWithDatabase(20 * pollMs);
    expect(inbox().logged.filter((line) => line.startsWith('warn'))).toEqual([UNAVAILABLE]);
    expect(replica.database.deadlines).toHaveLength(calls + 20);

    replica.database.recover();
    await advanceWithDatabase(pollMs);
    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('database down: the next outage is logged again', async () => {
    const replica = await idleReplica();

    for (let outage = 0; outage < 2; outage++) {
      replica.database.failNext(1, databaseFailures.connectionLost);
      await advanceWithDatabase(2 * pollMs);
    }

    expect(inbox().logged).toEqual([UNAVAILABLE, UNAVAILABLE]);
  });

  /** Starts a replica whose worker is idle. */
  async function idleReplica(): Promise<TestReplica> {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);
    return replica;
  }
});

const UNAVAILABLE = 'warn: the database is unavailable; the worker retries';

const eventIds = (count: number) => Array.from({ length: count }, (_, index) => `evt-${index + 1}`);

/** Returns a handler whose lookups the test finishes one by one. */
function countedHandler() {
  const gates: Latch[] = [];
  let finished = 0;
  const handler: TestHandler = ({ eventId }) => ({
    lookUp: async () => {
      const gate = new Latch();
      gates.push(gate);
      await gate.released;
      finished += 1;
      return recordedEffect(eventId);
    },
  });
  return { handler, running: () => gates.length - finished, finishOne: () => gates[0]?.release() };
}
