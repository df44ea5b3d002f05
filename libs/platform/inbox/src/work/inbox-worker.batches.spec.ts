import { advanceWithDatabase } from '@testing/database';
import { Latch } from '@testing/resilience';
import { inboxPolicy } from '../inbox.policy';
import {
  EVENT_TYPE,
  neverPrepared,
  newEvent,
  recordedEffect,
  recordingHandler,
  useInbox,
  type TestHandler,
  type TestReplica,
} from '../testing';

const {
  batchIntervalMs,
  leaseMs,
  maxBatches,
  maxBatchEvents,
  maxLookups,
  maxReclaimed,
  pollMs,
  prepareDeadlineMs,
  transactionDeadlineMs,
} = inboxPolicy;

/** Maximum number of events that a worker holds. */
const MAX_HELD = maxBatches * maxBatchEvents;

const LOOKUP = 'lookup';

/** Suffices for the transactions that release the events; no event is due for a poll meanwhile. */
const RELEASING_MS = 100;

/** Documented default of SHUTDOWN_DEADLINE_SECONDS. */
const SHUTDOWN_DEADLINE_MS = 25_000;

const eventIds = (count: number, prefix = 'evt') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe('worker: batches', () => {
  const inbox = useInbox();

  it('batch: due events that are claimed together are applied in one transaction', async () => {
    await inbox().receive(...eventIds(8));

    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    expect(replica.batchSizes()).toEqual([8]);
    expect(await inbox().applied()).toEqual(eventIds(8));
  });

  it('batch: no batch has more than maxBatchEvents', async () => {
    await inbox().receive(...eventIds(2 * maxBatchEvents + 1));

    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    expect(replica.batchSizes()).toEqual([maxBatchEvents, maxBatchEvents, 1]);
  });

  it('batch: no more than maxBatches are in flight, and no further events are claimed meanwhile', async () => {
    await inbox().receive(...eventIds(5 * maxBatchEvents));
    const { replica, commits, inProgress } = givenGated();

    await advanceWithDatabase(4 * pollMs);
    expect(inProgress.now).toBe(maxBatches);
    expect(await countClaimed()).toBe(MAX_HELD);

    commits.release();
    await advanceWithDatabase(0);
    expect(inProgress.max).toBe(maxBatches);
    expect(await inbox().applied()).toEqual(eventIds(5 * maxBatchEvents));
    expect(Math.max(...replica.batchSizes())).toBe(maxBatchEvents);
  });

  it('batch: events that arrive while batches are in flight become one batch', async () => {
    const { replica, commits } = givenGated();
    await acceptEach(replica, batchIntervalMs, eventIds(maxBatches, 'first'));
    for (const eventId of eventIds(10)) await replica.inbox.accept(newEvent(eventId));

    commits.release();
    await advanceWithDatabase(0);

    expect(replica.batchSizes()).toEqual([...Array<number>(maxBatches).fill(1), 10]);
  });

  it('batch: an event that arrives alone is applied at once', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    for (const eventId of eventIds(3)) {
      await replica.inbox.accept(newEvent(eventId));
      await advanceWithDatabase(0);
      expect(await inbox().applied()).toContain(eventId);
      await advanceWithDatabase(batchIntervalMs);
    }
  });

  it('batch: events that arrive within batchIntervalMs of a claim become one batch', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);
    await acceptEach(replica, 1, eventIds(10));
    expect(replica.batchSizes()).toEqual([1]);

    await advanceWithDatabase(batchIntervalMs - 10);

    expect(replica.batchSizes()).toEqual([1, 9]);
  });

  it('batch: a full batch does not delay the next claim', async () => {
    await inbox().receive(...eventIds(maxBatchEvents));
    const replica = inbox().workingReplica();
    await replica.inbox.accept(newEvent('next'));

    await advanceWithDatabase(0);

    expect(replica.batchSizes()).toEqual([maxBatchEvents, 1]);
  });

  it('batch: a retried event whose attempt was abandoned before is committed alone', async () => {
    await inbox().receive(...eventIds(4));
    await inbox().update('abandoned = 1', 'evt-1');

    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    expect(replica.batchSizes().sort()).toEqual([1, 3]);
  });

  it('batch: an attempt that throws an unforeseen error loses no event', async () => {
    for (const failpoint of ['wk.claimed', 'wk.prepared', 'wk.committed']) {
      const replica = inbox().workingReplica();
      replica.failpoints.on(failpoint, () => {
        replica.failpoints.on(failpoint, () => undefined);
        throw new Error('unforeseen');
      });
      await replica.inbox.accept(newEvent(failpoint));
      await advanceWithDatabase(leaseMs + pollMs);

      expect(await inbox().applied()).toContain(failpoint);
      const ending = replica.worker.beforeApplicationShutdown();
      await advanceWithDatabase(0);
      await ending;
    }
  });

  it('lookup: its event is committed alone, while events of the same claim without a lookup form a batch', async () => {
    const handler: TestHandler = ({ eventId }) => ({ lookUp: () => Promise.resolve(recordedEffect(eventId)) });
    await inbox().receive(...eventIds(6));
    await givenType(LOOKUP, 'evt-1', 'evt-4');

    const replica = inbox().workingReplica({ handlers: { [EVENT_TYPE]: recordingHandler(), [LOOKUP]: handler } });
    await advanceWithDatabase(0);

    expect(replica.batchSizes().sort()).toEqual([1, 1, 4]);
    expect((await inbox().applied()).sort()).toEqual(eventIds(6));
  });

  it('lookup: while fewer lookups wait than a worker may hold, other events are applied at once', async () => {
    const replica = await givenWaitingLookups(MAX_HELD - 1);
    await acceptEach(replica, batchIntervalMs, eventIds(3));

    expect(await inbox().applied()).toEqual(eventIds(3));
    expect(await countClaimed()).toBe(MAX_HELD - 1);
  });

  it('lookup: a worker holds no more than maxBatches × maxBatchEvents events, and claims more when some end', async () => {
    const replica = await givenWaitingLookups(MAX_HELD + 10);
    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(4 * pollMs);
    expect(await countClaimed()).toBe(MAX_HELD);
    expect(await inbox().applied()).toEqual([]);

    await advanceWithDatabase(3 * prepareDeadlineMs); // each ends maxLookups lookups, whose events are retried later

    expect(await inbox().applied()).toEqual(['evt-1']);
    expect(await countClaimed()).toBeLessThanOrEqual(MAX_HELD);
  });

  it('lease: events that wait for a lookup keep their leases', async () => {
    await givenWaitingLookups(3 * maxLookups);
    inbox().workingReplica({ handlers: { [LOOKUP]: neverPrepared } });

    await advanceWithDatabase(3 * leaseMs);

    expect(await countClaimed()).toBe(3 * maxLookups);
    expect((await inbox().rows()).every(({ attempts, abandoned }) => attempts === 1 && abandoned === 0)).toBe(true);
  });

  it('lease: the events of a batch that takes long keep their leases', async () => {
    await inbox().receive(...eventIds(8));
    const { commits } = givenGated();
    await advanceWithDatabase(0);
    inbox().workingReplica();

    await advanceWithDatabase(3 * leaseMs);
    expect(await inbox().applied()).toEqual([]);
    commits.release();
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual(eventIds(8));
    expect((await inbox().rows()).every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it('lease: events keep their leases while background work uses all its connections', async () => {
    const replica = await givenWaitingLookups(maxLookups);
    replica.database.failNext(maxBatchEvents, () => new Error('hangs'), 'hang');
    for (let index = 0; index < maxBatchEvents; index++)
      replica.background.run(transactionDeadlineMs, () => Promise.resolve()).catch(() => undefined);
    await advanceWithDatabase(0);
    replica.database.recover();

    await advanceWithDatabase(3 * leaseMs);

    const leases = (await inbox().rows()).map(({ leaseUntilMs }) => leaseUntilMs ?? NaN);
    expect(Math.min(...leases)).toBeGreaterThan(Date.now());
  });

  it('orphan recovery: reclaimed events are applied alone', async () => {
    await inbox().receive(...eventIds(2 * maxReclaimed));
    await inbox().replica().work.claim(100);
    await advanceWithDatabase(leaseMs);

    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    expect(replica.batchSizes()).toEqual(Array(2 * maxReclaimed).fill(1));
    expect((await inbox().applied()).sort()).toEqual(eventIds(2 * maxReclaimed).sort());
  });

  it('orphan recovery: lookups that wait do not delay an orphan further than one lookup takes', async () => {
    await inbox().receive('orphan');
    await inbox().replica().work.claim(1);
    await givenWaitingLookups(10 * maxLookups);

    await advanceWithDatabase(leaseMs + prepareDeadlineMs + pollMs);

    expect(await inbox().applied()).toEqual(['orphan']);
  });

  it('graceful shutdown: events that wait for a lookup are released, and a batch in progress is finished', async () => {
    const { replica, commits } = await givenLookupsAndBatch();
    let hasEnded = false;

    const ending = replica.worker.beforeApplicationShutdown().then(() => (hasEnded = true));
    await advanceWithDatabase(RELEASING_MS);
    expect(await lookups()).toHaveLength(3 * maxLookups);
    for (const row of await lookups())
      expect(row).toMatchObject({ state: 'RECEIVED', attempts: 0, abandoned: 0, leaseUntilMs: null });
    expect((await lookups()).every(({ dueAtMs }) => dueAtMs !== null && dueAtMs <= Date.now())).toBe(true);
    expect(hasEnded).toBe(false);
    commits.release();
    await advanceWithDatabase(0);

    await ending;
    expect(await inbox().applied()).toEqual(eventIds(8));
  });

  it('graceful shutdown: an event that was released is not renewed for the worker that claims it next', async () => {
    const { replica, commits } = await givenLookupsAndBatch();
    const ending = replica.worker.beforeApplicationShutdown();
    await advanceWithDatabase(RELEASING_MS);
    expect(await inbox().replica().work.claim(100)).toHaveLength(3 * maxLookups); // by a worker that dies at once

    await advanceWithDatabase(leaseMs);

    const leases = (await lookups()).map(({ leaseUntilMs }) => leaseUntilMs ?? NaN);
    commits.release();
    await advanceWithDatabase(0);
    await ending;
    expect(Math.max(...leases)).toBeLessThanOrEqual(Date.now());
  });

  it('graceful shutdown: if the database hangs, it ends within the deadline of the process', async () => {
    const replica = await givenWaitingLookups(5 * maxLookups);
    replica.database.failNext(1_000, () => new Error('hangs'), 'hang');
    let hasEnded = false;

    void replica.worker.beforeApplicationShutdown().then(() => (hasEnded = true));
    await advanceWithDatabase(SHUTDOWN_DEADLINE_MS);

    expect(hasEnded).toBe(true);
  });

  /** Starts a replica with lookups that never settle, and with a batch whose commit is gated. */
  async function givenLookupsAndBatch() {
    await inbox().receive(...eventIds(3 * maxLookups, LOOKUP), ...eventIds(8));
    await givenType(LOOKUP, ...eventIds(3 * maxLookups, LOOKUP));
    const gated = givenGated();
    await advanceWithDatabase(0);
    expect(await countClaimed()).toBe(3 * maxLookups + 8);
    return gated;
  }

  async function lookups() {
    return (await inbox().rows()).filter(({ type }) => type === LOOKUP);
  }

  /** Starts a replica whose batches wait before their transaction until `commits` is released. */
  function givenGated() {
    const commits = new Latch();
    const inProgress = { now: 0, max: 0 };
    const handlers = { [EVENT_TYPE]: recordingHandler(), [LOOKUP]: neverPrepared };
    const replica = inbox().workingReplica({ handlers });
    replica.failpoints.on('wk.prepared', () => {
      inProgress.now += 1;
      inProgress.max = Math.max(inProgress.max, inProgress.now);
      return commits.released;
    });
    replica.failpoints.on('wk.published', () => (inProgress.now -= 1));
    return { replica, commits, inProgress };
  }

  /** Starts a replica that holds events whose lookup never settles. */
  async function givenWaitingLookups(count: number): Promise<TestReplica> {
    await inbox().receive(...eventIds(count, LOOKUP));
    await givenType(LOOKUP, ...eventIds(count, LOOKUP));
    const replica = inbox().workingReplica({
      handlers: { [EVENT_TYPE]: recordingHandler(), [LOOKUP]: neverPrepared },
    });
    await advanceWithDatabase(0);
    return replica;
  }

  /** Accepts events one after another, with this time after each. */
  async function acceptEach(replica: TestReplica, intervalMs: number, ids: readonly string[]): Promise<void> {
    for (const eventId of ids) {
      await replica.inbox.accept(newEvent(eventId));
      await advanceWithDatabase(intervalMs);
    }
  }

  async function givenType(type: string, ...ids: readonly string[]): Promise<void> {
    for (const eventId of ids) await inbox().update(`type = '${type}'`, eventId);
  }

  async function countClaimed(): Promise<number> {
    return (await inbox().rows()).filter(({ leaseUntilMs }) => leaseUntilMs !== null).length;
  }
});
