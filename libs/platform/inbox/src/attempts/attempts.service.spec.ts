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
  type TestHandler,
} from '../testing';

const { backoff, idKeptMs, maxReasonLength, prepareDeadlineMs, payloadKeptMs } = inboxPolicy;

const missing = new PermanentFailure('the product does not exist');

describe('attempt at an event', () => {
  const inbox = useInbox();

  it('exactly once: the effect and DONE are committed together', async () => {
    const { row, applied } = await attempt(recordingHandler());

    expect(applied).toEqual(['evt-1']);
    expect(row).toMatchObject({
      state: 'DONE',
      attempts: 1,
      lastError: null,
      dueAtMs: null,
      finishedAtMs: Date.now(),
      forgetAtMs: Date.now() + payloadKeptMs,
    });
  });

  it('exactly once: an effect that throws is rolled back', async () => {
    const { row, applied } = await attempt(({ eventId }) => ({
      effect: async (manager) => {
        await recordedEffect(eventId)(manager);
        throw new Error('the product is missing');
      },
    }));

    expect(applied).toEqual([]);
    expect(row).toMatchObject({ state: 'RETRY', lastError: 'the product is missing', leaseUntilMs: null });
  });

  it('exactly once: if COMMIT fails, neither the effect nor DONE is stored', async () => {
    const replica = await givenEvent();
    const event = await replica.claimOne();
    replica.database.failNext(1, databaseFailures.diskFull, 'commit');

    await replica.attempt([event]);

    expect(await inbox().applied()).toEqual([]);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RETRY', attempts: 1 });
    expect(inbox().redis.values.size).toBe(0);
  });

  it('commit outcome unknown: a committed effect whose response was lost is not applied again', async () => {
    const replica = await givenEvent();
    const event = await replica.claimOne();
    replica.database.failNext(1, databaseFailures.connectionLost, 'answer');

    await replica.attempt([event]);

    expect(await inbox().applied()).toEqual(['evt-1']);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', lastError: null });
    expect(await replica.counted('attempts', { result: 'lost' })).toBe(1);
  });

  it.each([
    ['applied', 'DONE'],
    ['outdated', 'SKIPPED'],
  ] as const)('outcome: an effect with the outcome %s ends as %s', async (outcome, state) => {
    const { row, replica } = await attempt(recordingHandler(outcome));

    expect(row).toMatchObject({ state, lastError: null, leaseUntilMs: null });
    expect(await replica.counted('attempts', { event: EVENT_TYPE, result: state.toLowerCase() })).toBe(1);
  });

  it.each(['unknown.type', 'constructor', '__proto__'])(
    'outcome: an event of type %s ends as DONE and has no effect',
    async (type) => {
      const replica = await givenEvent();
      await inbox().update(`type = '${type}'`);

      await replica.attemptDue();

      expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', lastError: null });
      expect(await inbox().applied()).toEqual([]);
      expect(await replica.counted('attempts', { event: 'other', result: 'done' })).toBe(1);
    },
  );

  it('idempotency key: the handler receives the id, the request id and the payload of the event', async () => {
    const handler = jest.fn(recordingHandler());

    const { row } = await attempt(handler);

    expect(handler).toHaveBeenCalledTimes(1);
    expect(handler.mock.calls[0]?.[0]).toEqual({
      eventId: 'evt-1',
      requestId: row.requestId,
      type: EVENT_TYPE,
      payload: { event: EVENT_TYPE },
    });
  });

  it.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [10, 512_000],
    [11, 15 * 60_000],
    [24, 15 * 60_000],
  ])('backoff: after failure %d the event is due within %d ms, with full jitter', async (failures, boundMs) => {
    const delays = [];
    for (const randomness of [0, 0.5, 0.999_999]) {
      const { row } = await attempt(failingHandler(), { randomness }, `attempts = ${failures - 1}`);
      delays.push((row.dueAtMs ?? NaN) - Date.now());
      await inbox().dataSource.query('DELETE FROM webhook_events');
    }

    expect(delays).toEqual([0, boundMs / 2, boundMs - 1]);
    expect(boundMs).toBeLessThanOrEqual(backoff.capMs);
  });

  it('backoff: an event in RETRY is not claimed before it is due', async () => {
    const { row, replica } = await attempt(failingHandler(), { randomness: 0.5 });

    await advanceWithDatabase((row.dueAtMs ?? NaN) - Date.now() - 1);
    expect(await replica.work.claim(1)).toEqual([]);
    await advanceWithDatabase(1);
    expect(await replica.work.claim(1)).toMatchObject([{ eventId: 'evt-1', attempt: 2 }]);
  });

  it.each([
    ['a handler', failingHandler(missing)],
    ['a lookup', () => ({ lookUp: () => Promise.reject(missing) })],
    ['an effect', () => ({ effect: () => Promise.reject(missing) })],
    ['an outcome', () => ({ effect: () => Promise.resolve(missing) })],
  ] satisfies [string, TestHandler][])('dead letter: a permanent failure of %s is DEAD at once', async (_, handler) => {
    const { row, replica } = await attempt(handler);

    expect(row).toMatchObject({
      state: 'DEAD',
      attempts: 1,
      lastError: missing.message,
      payload: JSON.stringify({ event: EVENT_TYPE }),
      dueAtMs: null,
      leaseUntilMs: null,
      forgetAtMs: Date.now() + idKeptMs,
    });
    expect(await replica.counted('attempts', { result: 'dead' })).toBe(1);
  });

  it('dead letter: a transient failure is DEAD after maxAttempts, and no sooner', async () => {
    const maxAttempts = 4;

    const { row: beforeLast } = await attempt(failingHandler(), { maxAttempts }, `attempts = ${maxAttempts - 2}`);
    await inbox().dataSource.query('DELETE FROM webhook_events');
    const { row: last } = await attempt(failingHandler(), { maxAttempts }, `attempts = ${maxAttempts - 1}`);

    expect(beforeLast).toMatchObject({ state: 'RETRY', attempts: maxAttempts - 1 });
    expect(last).toMatchObject({ state: 'DEAD', attempts: maxAttempts });
  });

  it('dead letter: a replayed event has the full number of attempts', async () => {
    const { row } = await attempt(
      failingHandler(),
      { maxAttempts: 4, randomness: 0.5 },
      'attempts = 4, earlier_attempts = 4',
    );

    expect(row).toMatchObject({ state: 'RETRY', attempts: 5, dueAtMs: Date.now() + backoff.baseMs / 2 });
  });

  it('last error: at most maxReasonLength characters are stored', async () => {
    const { row } = await attempt(failingHandler(new Error('x'.repeat(maxReasonLength + 1))));

    expect(row.lastError).toBe('x'.repeat(maxReasonLength));
  });

  it('deadline: a lookup that does not end is aborted after prepareDeadlineMs', async () => {
    let signal: AbortSignal | undefined;
    const replica = await givenEvent(() => ({
      lookUp: (given) => {
        signal = given;
        return new Promise(() => undefined);
      },
    }));
    const attempting = replica.attemptDue();

    await advanceWithDatabase(prepareDeadlineMs - 1);
    expect(signal?.aborted).toBe(false);
    await advanceWithDatabase(1);

    await attempting;
    expect(signal?.aborted).toBe(true);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RETRY', attempts: 1 });
  });

  it.each([
    ['a handler', failingHandler()],
    ['a lookup', () => ({ lookUp: () => Promise.reject(new Error('the partner is unavailable')) })],
    ['an effect', () => ({ effect: () => Promise.reject(new Error('the partner is unavailable')) })],
    ['an outcome', () => ({ effect: () => Promise.resolve(new Error('the partner is unavailable')) })],
  ] satisfies [string, TestHandler][])('retry: a failure of %s is retried', async (_, handler) => {
    const { row, applied } = await attempt(handler);

    expect(row).toMatchObject({ state: 'RETRY', attempts: 1, lastError: 'the partner is unavailable' });
    expect(row.leaseUntilMs).toBeNull();
    expect(applied).toEqual([]);
  });

  it('lookup: its effect is committed after it has settled', async () => {
    const { row, applied } = await attempt(({ eventId }) => ({
      lookUp: () => Promise.resolve(recordedEffect(eventId)),
    }));

    expect(row).toMatchObject({ state: 'DONE', attempts: 1 });
    expect(applied).toEqual(['evt-1']);
  });

  it('payload: an event whose stored payload is not JSON is retried, and its handler is not called', async () => {
    const handler = jest.fn(recordingHandler());

    const { row } = await attempt(handler, {}, `payload = '{"event":'`);

    expect(row).toMatchObject({ state: 'RETRY', attempts: 1 });
    expect(handler).not.toHaveBeenCalled();
  });

  it('onCommitted: it is called after the commit', async () => {
    const replica = await givenEvent();
    const states: string[] = [];
    replica.onCommitted.mockImplementation(async () => {
      states.push((await inbox().row('evt-1')).state);
    });

    await replica.attemptDue();

    expect(states).toEqual(['DONE']);
  });

  it('onCommitted: it is not called after a rollback', async () => {
    const { replica } = await attempt(() => ({ effect: () => Promise.reject(new Error('refused')) }));

    expect(replica.onCommitted).not.toHaveBeenCalled();
  });

  it('onCommitted: if it fails, the results of the batch are recorded nevertheless', async () => {
    await inbox().receive('evt-1', 'evt-2');
    const effects = [recordedEffect('evt-1'), () => Promise.resolve(new Error('refused'))];
    const replica = inbox().replica({ handlers: { [EVENT_TYPE]: () => ({ effect: effects.shift()! }) } });
    replica.onCommitted.mockRejectedValue(new Error('the announcement failed'));

    await replica.attemptDue();

    expect((await inbox().rows()).map(({ state }) => state)).toEqual(['DONE', 'RETRY']);
  });

  it('dedup cache: an ended event is stored after its commit', async () => {
    const replica = await givenEvent();
    const entriesBeforeCommit: number[] = [];
    replica.failpoints.on('wk.done.updated', () => entriesBeforeCommit.push(inbox().redis.values.size));
    const event = await replica.claimOne();

    await replica.attempt([event]);

    expect(entriesBeforeCommit).toEqual([0]);
    expect(await replica.dedup.find('evt-1', event.bodySha256)).toBe('DONE');
  });

  it('dedup cache: an event in RETRY or DEAD is not stored', async () => {
    await attempt(failingHandler());
    await attempt(failingHandler(missing), {}, 'due_at_ms = 0');

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DEAD' });
    expect(inbox().redis.values.size).toBe(0);
  });

  async function givenEvent(handler: TestHandler = recordingHandler(), options: ReplicaOptions = {}) {
    await inbox().receive('evt-1');
    return inbox().replica({ ...options, handlers: { [EVENT_TYPE]: handler } });
  }

  async function attempt(handler: TestHandler, options: ReplicaOptions = {}, assignments = 'attempts = 0') {
    const replica = await givenEvent(handler, options);
    await inbox().update(assignments);
    await replica.attemptDue();
    return { replica, row: await inbox().row('evt-1'), applied: await inbox().applied() };
  }
});
