import { databaseFailures } from '@testing/database';
import { Latch } from '@testing/resilience';
import type { EventHandler } from '../event-handler.provider';
import {
  advanceWithDatabase,
  EVENT_TYPE,
  neverPrepared,
  newDelivery,
  recordEffect,
  useInbox,
  type TestReplica,
} from '../testing';
import { webhookPolicy } from '../webhook.policy';

const { commitBackoff, leaseMs, pollMs, renewMs } = webhookPolicy;

describe('worker: graceful shutdown', () => {
  const inbox = useInbox();

  it('graceful shutdown: an attempt that is still preparing is released as if it had not been made', async () => {
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
    expect(inbox().logged).toContain('info: event given back, because this worker ends');
  });

  it('graceful shutdown: a released event is applied by another replica at its next poll', async () => {
    const { replica } = await givenAttempt(neverPrepared);
    inbox().workingReplica();
    await advanceWithDatabase(0);

    await shutDown(replica);
    await advanceWithDatabase(pollMs);

    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('graceful shutdown: preparing is interrupted by its signal', async () => {
    let signal: AbortSignal | undefined;
    const { replica } = await givenAttempt((event, given) => {
      signal = given;
      return neverPrepared(event, given);
    });

    await shutDown(replica);

    expect(signal?.aborted).toBe(true);
  });

  it('graceful shutdown: an attempt that is being written is committed first', async () => {
    const { replica, gate } = await givenWriting(recordEffect());
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

  it('graceful shutdown: an attempt that fails while it is being written is a failed attempt', async () => {
    const { replica, gate } = await givenWriting(() => () => Promise.reject(new Error('refused')));

    const ending = replica.worker.beforeApplicationShutdown();
    gate.release();
    await advanceWithDatabase(0);

    await ending;
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RETRY', attempts: 1, lastError: 'refused' });
  });

  it('graceful shutdown: leases are renewed until the last attempt has ended', async () => {
    const replica = inbox().replica({ randomness: 0.999 });
    jest.spyOn(replica.work, 'lock').mockImplementation(() => Promise.reject(databaseFailures.lostRace()));
    await inbox().receive('evt-1');
    replica.worker.start();
    await advanceWithDatabase(0);

    const ending = replica.worker.beforeApplicationShutdown();
    await advanceWithDatabase(leaseMs);

    expect((await inbox().row('evt-1')).leaseUntilMs).toBeGreaterThan(Date.now());
    await advanceWithDatabase(webhookPolicy.commitTries * commitBackoff.capMs);
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

  it('graceful shutdown: what was published is recorded before the worker ends', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);
    await replica.service.accept(newDelivery('evt-1'));
    await advanceWithDatabase(renewMs / 2);
    expect((await inbox().row('evt-1')).leaseUntilMs).not.toBeNull();

    await shutDown(replica);

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', leaseUntilMs: null });
  });

  it('graceful shutdown: a worker that was not started ends at once', async () => {
    const replica = inbox().replica();

    await replica.worker.beforeApplicationShutdown();

    expect(replica.database.deadlines).toEqual([]);
  });

  /** A replica that is making an attempt at `evt-1`. */
  async function givenAttempt(effect: EventHandler) {
    await inbox().receive('evt-1');
    const replica = inbox().workingReplica({ effects: { [EVENT_TYPE]: effect } });
    await advanceWithDatabase(0);
    return { replica };
  }

  /** A replica whose attempt at `evt-1` has begun its transaction and waits for the gate. */
  async function givenWriting(effect: EventHandler) {
    const gate = new Latch();
    const gated: EventHandler = (event, signal) => async (manager) => {
      await gate.released;
      return (await effect(event, signal))(manager);
    };
    return { ...(await givenAttempt(gated)), gate };
  }

  async function shutDown(replica: TestReplica): Promise<void> {
    const ending = replica.worker.beforeApplicationShutdown();
    await advanceWithDatabase(0);
    await ending;
  }
});
