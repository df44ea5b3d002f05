import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { Latch } from '@testing/resilience';
import { inboxPolicy } from '../inbox.policy';
import {
  EVENT_TYPE,
  neverPrepared,
  recordedEffect,
  useInbox,
  type TestEffect,
  type TestHandler,
  type TestReplica,
} from '../testing';

const { commitBackoff, leaseMs, pollMs } = inboxPolicy;

describe('worker: graceful shutdown', () => {
  const inbox = useInbox();

  it('graceful shutdown: an attempt with a lookup in progress is released and not counted', async () => {
    const { replica } = await givenAttempt(neverPrepared);

    await shutDown(replica);

    expect(await inbox().row('evt-1')).toMatchObject({
      state: 'RECEIVED',
      attempts: 0,
      abandoned: 0,
      lastError: null,
      dueAtMs: Date.now(),
      leaseUntilMs: null,
    });
    expect(inbox().logged).toContain('info: event released at shutdown');
  });

  it('graceful shutdown: a released event is applied by another replica at its next poll', async () => {
    const { replica } = await givenAttempt(neverPrepared);
    inbox().workingReplica();
    await advanceWithDatabase(0);

    await shutDown(replica);
    await advanceWithDatabase(pollMs);

    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('graceful shutdown: the signal aborts the lookup', async () => {
    let signal: AbortSignal | undefined;
    const { replica } = await givenAttempt(() => ({
      lookUp: (given) => {
        signal = given;
        return new Promise(() => undefined);
      },
    }));

    await shutDown(replica);

    expect(signal?.aborted).toBe(true);
  });

  it('graceful shutdown: a commit in progress is completed first', async () => {
    const { replica, gate } = await givenWriting(recordedEffect('evt-1'));
    let hasEnded = false;

    const ending = replica.worker.beforeApplicationShutdown().then(() => (hasEnded = true));
    await advanceWithDatabase(0);
    expect(hasEnded).toBe(false);
    gate.release();
    await advanceWithDatabase(0);

    await ending;
    expect(await inbox().applied()).toEqual(['evt-1']);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', attempts: 1, leaseUntilMs: null });
  });

  it('graceful shutdown: a commit in progress that fails is recorded as a failed attempt', async () => {
    const { replica, gate } = await givenWriting(() => Promise.reject(new Error('refused')));

    const ending = replica.worker.beforeApplicationShutdown();
    gate.release();
    await advanceWithDatabase(0);

    await ending;
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RETRY', attempts: 1, lastError: 'refused' });
  });

  it('graceful shutdown: leases are renewed until the last attempt has ended', async () => {
    const replica = inbox().replica({ randomness: 0.999 });
    jest.spyOn(replica.work, 'lock').mockImplementation(() => Promise.reject(databaseFailures.deadlock()));
    await inbox().receive('evt-1');
    replica.worker.start();
    await advanceWithDatabase(0);

    const ending = replica.worker.beforeApplicationShutdown();
    await advanceWithDatabase(leaseMs);

    expect((await inbox().row('evt-1')).leaseUntilMs).toBeGreaterThan(Date.now());
    await advanceWithDatabase(inboxPolicy.commitTries * commitBackoff.capMs);
    await ending;
  });

  it('graceful shutdown: nothing is claimed or renewed afterwards', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);
    await shutDown(replica);
    expect(jest.getTimerCount()).toBe(0);
    const calls = replica.database.deadlines.length;
    await inbox().receive('evt-1');

    replica.worker.wake();
    await advanceWithDatabase(10 * pollMs);

    expect(replica.database.deadlines).toHaveLength(calls);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RECEIVED', attempts: 0 });
  });

  it('graceful shutdown: a worker that was not started ends at once', async () => {
    const replica = inbox().replica();

    await replica.worker.beforeApplicationShutdown();

    expect(replica.database.deadlines).toEqual([]);
  });

  /** Sets up a replica with an attempt at `evt-1` in flight. */
  async function givenAttempt(handler: TestHandler) {
    await inbox().receive('evt-1');
    const replica = inbox().workingReplica({ handlers: { [EVENT_TYPE]: handler } });
    await advanceWithDatabase(0);
    return { replica };
  }

  /** Sets up a replica whose attempt at `evt-1` waits for the gate inside its transaction. */
  async function givenWriting(effect: TestEffect) {
    const gate = new Latch();
    const gated: TestEffect = async (manager) => {
      await gate.released;
      return effect(manager);
    };
    return { ...(await givenAttempt(() => ({ effect: gated }))), gate };
  }

  async function shutDown(replica: TestReplica): Promise<void> {
    const ending = replica.worker.beforeApplicationShutdown();
    await advanceWithDatabase(0);
    await ending;
  }
});
