import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { PermanentFailure } from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import {
  EVENT_TYPE,
  failingHandler,
  recordedEffect,
  recordingHandler,
  useInbox,
  type ReplicaOptions,
  type TestEffect,
  type TestHandler,
  type TestReplica,
} from '../testing';

const { commitBackoff, commitTries, leaseMs } = inboxPolicy;
const { connectionLost, deadlock, diskFull, noConnection, timeout } = databaseFailures;

const EIGHT = Array.from({ length: 8 }, (_, index) => `evt-${index + 1}`);

const allExcept = (...eventIds: string[]) => EIGHT.filter((eventId) => !eventIds.includes(eventId));

/** Writes a row, which must be rolled back. */
const refused: TestEffect = async (manager) => {
  await recordedEffect('refused')(manager);
  throw new Error('refused');
};

describe('batch of events', () => {
  const inbox = useInbox();

  it('batch: effects and states are committed in one transaction', async () => {
    const replica = await givenClaimed();

    await attempt(replica);

    expect(replica.database.deadlines).toHaveLength(1);
    expect(replica.batchSizes()).toEqual([8]);
    expect(await inbox().applied()).toEqual(EIGHT);
    expect(await states()).toEqual(Array(8).fill('DONE'));
  });

  it.each(['wk.locked', 'wk.effect.done', 'wk.done.updated'])(
    'batch: a process that is killed at %s leaves no effect and no state of any event',
    async (failpoint) => {
      const replica = await givenClaimed();
      replica.failpoints.on(failpoint, () => replica.database.halt());

      void attempt(replica);
      await advanceWithDatabase(0);

      expect(await inbox().applied()).toEqual([]);
      expect(await states()).toEqual(Array(8).fill('RECEIVED'));
    },
  );

  it('batch: an event that fails in the middle is retried alone, and each other event is applied once', async () => {
    const replica = await givenClaimed({ 'evt-4': refused });

    await attempt(replica);

    expect(await inbox().applied()).toEqual(allExcept('evt-4'));
    expect(await inbox().row('evt-4')).toMatchObject({ state: 'RETRY', attempts: 1, lastError: 'refused' });
    expect(await stateOf(...allExcept('evt-4'))).toEqual(Array(7).fill('DONE'));
    expect((await inbox().rows()).map(({ attempts }) => attempts)).toEqual(Array(8).fill(1));
    expect(replica.batchSizes()).toEqual([8, 4, 2, 2, 1, 1, 4]);
  });

  it('batch: each of several failing events costs only its own attempt', async () => {
    const failing = ['evt-1', 'evt-2', 'evt-5', 'evt-8'];
    const replica = await givenClaimed(Object.fromEntries(failing.map((eventId) => [eventId, refused])));

    await attempt(replica);

    expect(await inbox().applied()).toEqual(allExcept(...failing));
    expect(await stateOf(...failing)).toEqual(Array(4).fill('RETRY'));
    expect((await inbox().rows()).map(({ attempts }) => attempts)).toEqual(Array(8).fill(1));
    expect(await replica.counted('attempts', { result: 'retry' })).toBe(4);
    expect(await replica.counted('attempts', { result: 'done' })).toBe(4);
  });

  it('batch: if all events fail, each is recorded with its own error', async () => {
    const replica = await givenClaimed(
      Object.fromEntries(EIGHT.map((eventId) => [eventId, () => Promise.reject(new Error(`${eventId} is refused`))])),
    );

    await attempt(replica);

    expect((await inbox().rows()).map(({ lastError }) => lastError)).toEqual(
      EIGHT.map((eventId) => `${eventId} is refused`),
    );
    expect(replica.onCommitted).not.toHaveBeenCalled();
  });

  it('batch: a permanent failure in the middle is DEAD at once, and the others are DONE', async () => {
    const replica = await givenClaimed({ 'evt-4': () => Promise.reject(new PermanentFailure('missing')) });

    await attempt(replica);

    expect(await inbox().row('evt-4')).toMatchObject({ state: 'DEAD', attempts: 1, lastError: 'missing' });
    expect(await inbox().applied()).toEqual(allExcept('evt-4'));
  });

  it('batch: an outcome that is an error affects only its event, and the batch is not halved', async () => {
    const replica = await givenClaimed({
      'evt-2': () => Promise.resolve(new Error('locked')),
      'evt-4': () => Promise.resolve(new PermanentFailure('missing')),
    });

    await attempt(replica);

    expect(replica.batchSizes()).toEqual([8]);
    expect(await inbox().applied()).toEqual(allExcept('evt-2', 'evt-4'));
    expect(await inbox().row('evt-2')).toMatchObject({ state: 'RETRY', attempts: 1, lastError: 'locked' });
    expect(await inbox().row('evt-4')).toMatchObject({ state: 'DEAD', attempts: 1, lastError: 'missing' });
  });

  it('batch: each outcome belongs to its event, also if events without an effect are between them', async () => {
    const replica = await givenClaimed({
      'evt-2': recordedEffect('evt-2', 'outdated'),
      'evt-3': undefined,
      'evt-5': () => Promise.resolve(new Error('locked')),
      'evt-6': recordedEffect('evt-6', 'outdated'),
    });

    await attempt(replica);

    expect(replica.batchSizes()).toEqual([7]);
    expect(await states()).toEqual(['DONE', 'SKIPPED', 'DONE', 'DONE', 'RETRY', 'SKIPPED', 'DONE', 'DONE']);
  });

  it('batch: an event whose handler throws does not take part in it', async () => {
    const handler: TestHandler = (event) => (event.eventId === 'evt-4' ? failingHandler() : recordingHandler())(event);
    const replica = await givenClaimed({}, { handlers: { [EVENT_TYPE]: handler } });

    await attempt(replica);

    expect(replica.batchSizes()).toEqual([7]);
    expect(await inbox().applied()).toEqual(allExcept('evt-4'));
    expect(await inbox().row('evt-4')).toMatchObject({ state: 'RETRY', attempts: 1 });
  });

  it('batch: after a write conflict the whole batch is retried', async () => {
    const replica = await givenClaimed();
    replica.database.failNext(2, deadlock, 'commit');

    const attempting = attempt(replica);
    await advanceWithDatabase(1_000);
    await attempting;

    expect(replica.batchSizes()).toEqual([8, 8, 8]);
    expect(await inbox().applied()).toEqual(EIGHT);
  });

  it('batch: an event whose commit conflicts each time delays the others no longer than the retries of one commit', async () => {
    const replica = await givenClaimed({ 'evt-4': () => Promise.reject(deadlock()) });

    void attempt(replica);
    await advanceWithDatabase(commitTries * commitBackoff.capMs);

    expect(await inbox().applied()).toEqual(allExcept('evt-4'));
  });

  it.each([
    ['a lost connection', connectionLost, 1],
    ['a timeout', timeout, 1],
    ['no free connection', noConnection, commitTries],
  ])('batch: it is not halved after %s', async (_, failure, tries) => {
    const replica = await givenClaimed();
    replica.database.failNext(tries, failure);

    const attempting = attempt(replica);
    await advanceWithDatabase(leaseMs * 10);
    await attempting;

    expect(replica.database.deadlines).toHaveLength(tries + 8); // 8 failures are recorded
    expect(await inbox().applied()).toEqual([]);
    expect(await states()).toEqual(Array(8).fill('RETRY'));
  });

  it('batch: while the database is unavailable, only one failure of a batch is tried to be recorded', async () => {
    const replica = await givenClaimed();
    replica.database.failNext(100, connectionLost);

    await attempt(replica);

    expect(replica.database.deadlines).toHaveLength(2);
    expect(await states()).toEqual(Array(8).fill('RECEIVED'));
    expect(inbox().logged.filter((line) => line === 'warn: a failed attempt could not be recorded')).toHaveLength(8);
  });

  it.each([
    ['a lost connection', connectionLost],
    ['an error that halves the batch', diskFull],
    ['an error that is retried', deadlock],
  ])('commit outcome unknown: %s in response to COMMIT applies no event twice', async (_, failure) => {
    const replica = await givenClaimed();
    replica.database.failNext(1, failure, 'answer');

    const attempting = attempt(replica);
    await advanceWithDatabase(1_000);
    await attempting;

    expect(await inbox().applied()).toEqual(EIGHT);
    expect((await inbox().rows()).every(({ state, lastError }) => state === 'DONE' && lastError === null)).toBe(true);
    expect(await replica.counted('attempts', { result: 'lost' })).toBe(8);
  });

  it('commit outcome unknown: if it is that of a half, no event is applied twice', async () => {
    let calls = 0;
    const replica: TestReplica = await givenClaimed({
      'evt-4': () => {
        calls += 1;
        if (calls === 4) replica.database.failNext(1, connectionLost, 'answer'); // it is alone; the other half is next
        return Promise.reject(new Error('refused'));
      },
    });

    await attempt(replica);

    expect(await inbox().applied()).toEqual(allExcept('evt-4'));
    expect(await stateOf(...allExcept('evt-4'))).toEqual(Array(7).fill('DONE'));
    expect(await replica.counted('attempts', { result: 'lost' })).toBe(4);
  });

  it('fencing: of a batch, events that another worker has reclaimed meanwhile are not applied', async () => {
    const replica = await givenClaimed();
    replica.failpoints.on('wk.prepared', () => reclaim('evt-3', 'evt-6'));

    await attempt(replica);

    expect(replica.batchSizes()).toEqual([6]);
    expect(await inbox().applied()).toEqual(allExcept('evt-3', 'evt-6'));
    expect(await inbox().row('evt-3')).toMatchObject({ state: 'RECEIVED', attempts: 2, abandoned: 1 });
    expect(await replica.counted('attempts', { result: 'lost' })).toBe(2);
  });

  it('fencing: an event that is reclaimed between the halves of a batch is not applied', async () => {
    const replica = await givenClaimed({ 'evt-1': refused });
    const transaction = replica.database.runInTransaction.bind(replica.database);
    let calls = 0;
    jest.spyOn(replica.database, 'runInTransaction').mockImplementation(async (deadlineMs, work) => {
      calls += 1;
      if (calls === 4) await reclaim('evt-6');
      return transaction(deadlineMs, work);
    });

    await attempt(replica);

    expect(replica.batchSizes()).toEqual([8, 4, 2, 1, 1, 2, 3]);
    expect(await inbox().applied()).toEqual(allExcept('evt-1', 'evt-6'));
  });

  it('fencing: a batch whose events were all reclaimed changes nothing', async () => {
    const replica = await givenClaimed();
    replica.failpoints.on('wk.prepared', () => reclaim(...EIGHT));

    await attempt(replica);

    expect(await inbox().applied()).toEqual([]);
    expect(replica.applyAll).not.toHaveBeenCalled();
    expect(replica.onCommitted).not.toHaveBeenCalled();
    expect(await replica.counted('attempts', { result: 'lost' })).toBe(8);
  });

  it('onCommitted: it is called once for a batch', async () => {
    const replica = await givenClaimed({ 'evt-4': refused });

    await attempt(replica);

    expect(replica.onCommitted).toHaveBeenCalledTimes(1);
  });

  it('metric: farmlokal_webhook_batch_events counts the events of each batch, not of its halves', async () => {
    const replica = await givenClaimed({ 'evt-4': refused });

    await attempt(replica);
    await inbox().receive('another');
    await replica.attemptDue();

    const exposition = await replica.registry.getSingleMetricAsString('farmlokal_webhook_batch_events');
    expect(exposition).toContain('farmlokal_webhook_batch_events_sum 9\n');
    expect(exposition).toContain('farmlokal_webhook_batch_events_count 2');
    expect(exposition).toContain('{le="1"} 1\n');
    expect(exposition).toContain('{le="10"} 2\n');
  });

  const claimed = new WeakMap<TestReplica, Awaited<ReturnType<TestReplica['work']['claim']>>>();

  /** Stores eight events, which the replica claims. An effect of undefined stands for an event without a handler. */
  async function givenClaimed(
    effects: Readonly<Record<string, TestEffect | undefined>> = {},
    options: ReplicaOptions = {},
  ): Promise<TestReplica> {
    await inbox().receive(...EIGHT);
    for (const [eventId, effect] of Object.entries(effects))
      if (effect === undefined) await inbox().update(`type = 'other'`, eventId);
    const effectOf = (eventId: string) => effects[eventId] ?? recordedEffect(eventId);
    const replica = inbox().replica({
      handlers: { [EVENT_TYPE]: ({ eventId }) => ({ effect: effectOf(eventId) }) },
      ...options,
    });
    claimed.set(replica, await replica.work.claim(8));
    replica.database.deadlines.length = 0;
    return replica;
  }

  async function attempt(replica: TestReplica): Promise<void> {
    await replica.attempt(claimed.get(replica) ?? []);
  }

  async function states(): Promise<string[]> {
    return (await inbox().rows()).map(({ state }) => state);
  }

  async function stateOf(...eventIds: readonly string[]): Promise<(string | undefined)[]> {
    const rows = new Map((await inbox().rows()).map(({ eventId, state }) => [eventId, state]));
    return eventIds.map((eventId) => rows.get(eventId));
  }

  /** Lets the leases of the events expire, and another worker reclaim them. */
  async function reclaim(...eventIds: readonly string[]): Promise<void> {
    for (const eventId of eventIds) await inbox().update(`lease_until_ms = ${Date.now()}`, eventId);
    await inbox().replica().orphans.reclaim(eventIds.length, false);
  }
});
