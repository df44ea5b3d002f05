import { advanceWithDatabase } from '@testing/database';
import { Latch } from '@testing/resilience';
import { inboxPolicy } from '../inbox.policy';
import {
  EVENT_TYPE,
  failingHandler,
  neverPrepared,
  recordedEffect,
  recordingHandler,
  useInbox,
  type TestHandler,
} from '../testing';

const { leaseMs, pollMs, renewMs } = inboxPolicy;

describe('fencing of attempts', () => {
  const inbox = useInbox();

  it('fencing: a paused worker cannot commit an event that another worker has applied', async () => {
    const { owner, gate } = await pausedOwner();
    inbox().workingReplica();
    await advanceWithDatabase(leaseMs + pollMs);
    expect(await inbox().applied()).toEqual(['evt-1']);

    owner.database.resume();
    gate.release();
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual(['evt-1']);
    expect(await owner.counted('attempts', { result: 'lost' })).toBe(1);
    expect(owner.onCommitted).not.toHaveBeenCalled();
  });

  it('fencing: a paused worker cannot commit an event that another worker is preparing', async () => {
    const { owner, gate } = await pausedOwner();
    inbox().workingReplica({ handlers: { [EVENT_TYPE]: neverPrepared } });
    await advanceWithDatabase(leaseMs + pollMs);

    owner.database.resume();
    gate.release();
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual([]);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RECEIVED', attempts: 2 });
    expect(await owner.counted('attempts', { result: 'lost' })).toBe(1);
  });

  it('fencing: a paused worker whose event was not reclaimed may still commit', async () => {
    const { owner, gate } = await pausedOwner();
    await advanceWithDatabase(leaseMs + pollMs);

    owner.database.resume();
    gate.release();
    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it.each([
    ['a failure', { maxAttempts: 25 }],
    ['a last failure', { maxAttempts: 1 }],
  ])('fencing: %s of a reclaimed attempt does not change the event', async (_, options) => {
    const { row, event } = await reclaimedEvent();
    const owner = inbox().replica({ ...options, handlers: { [EVENT_TYPE]: failingHandler() } });

    await owner.attempt([event]);

    expect(await inbox().row('evt-1')).toEqual(row);
    expect(await owner.counted('attempts', { result: 'lost' })).toBe(1);
  });

  it('fencing: a reclaimed attempt is not released at shutdown', async () => {
    const { row, event } = await reclaimedEvent();
    const owner = inbox().replica({ handlers: { [EVENT_TYPE]: neverPrepared } });

    await owner.attempt([event], AbortSignal.abort(new Error('the worker is shutting down')));

    expect(await inbox().row('evt-1')).toEqual(row);
  });

  it('fencing: a reclaimed attempt does not renew the lease of its new owner', async () => {
    const { row, event } = await reclaimedEvent();
    await advanceWithDatabase(renewMs);

    await inbox().replica().work.renew([event]);

    expect(await inbox().row('evt-1')).toEqual(row);
  });

  it('fencing: a failure that is recorded after the event has ended does not change it', async () => {
    await inbox().receive('evt-1');
    const replica = inbox().replica();
    const event = await replica.claimOne();
    await replica.attempt([event]);
    const ended = await inbox().row('evt-1');

    await inbox()
      .replica({ handlers: { [EVENT_TYPE]: failingHandler() } })
      .attempt([event]);

    expect(await inbox().row('evt-1')).toEqual(ended);
  });

  it.each([
    ['applied', recordingHandler(), ['evt-1']],
    ['postponed', failingHandler(), []],
  ])('fencing: an attempt whose event was %s already cannot commit again', async (_, handler, applied) => {
    await inbox().receive('evt-1');
    const event = await inbox().replica().claimOne();
    await inbox()
      .replica({ handlers: { [EVENT_TYPE]: handler } })
      .attempt([event]);

    await inbox().replica().attempt([event]);

    expect(await inbox().applied()).toEqual(applied);
  });

  /** Sets up a replica that is paused during a lookup; the gate ends the lookup. */
  async function pausedOwner() {
    const gate = new Latch();
    const handler: TestHandler = ({ eventId }) => ({
      lookUp: async () => {
        await gate.released;
        return recordedEffect(eventId);
      },
    });
    await inbox().receive('evt-1');
    const owner = inbox().workingReplica({ handlers: { [EVENT_TYPE]: handler } });
    await advanceWithDatabase(0);
    owner.database.halt();
    return { owner, gate };
  }

  /** Returns an attempt whose event another replica has reclaimed. */
  async function reclaimedEvent() {
    await inbox().receive('evt-1');
    const event = await inbox().replica().claimOne();
    await advanceWithDatabase(leaseMs);
    await inbox().replica().orphans.reclaim(1, false);
    return { event, row: await inbox().row('evt-1') };
  }
});
