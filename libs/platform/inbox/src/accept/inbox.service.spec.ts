import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { newEvent, useInbox } from '../testing';

describe('inbox: accepting an event', () => {
  const inbox = useInbox();

  it('accept: a new event is accepted, counted and logged', async () => {
    const replica = inbox().replica();

    expect(await replica.inbox.accept(newEvent('evt-1'))).toEqual({ kind: 'accepted' });

    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(1);
    expect(inbox().logged).toEqual(['info: event accepted']);
  });

  it('duplicate: a repeated delivery reports the state of the event and is counted', async () => {
    const replica = inbox().replica();
    await inbox().receive('evt-1');

    expect(await replica.inbox.accept(newEvent('evt-1'))).toEqual({
      kind: 'duplicate',
      state: 'RECEIVED',
    });

    expect(await replica.counted('deliveries', { outcome: 'duplicate' })).toBe(1);
    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(0);
  });

  it('conflict: the same id with a different body is EVENT_ID_REUSED, counted and logged', async () => {
    const replica = inbox().replica();
    await inbox().receive('evt-1');

    await expect(replica.inbox.accept(newEvent('evt-1', { id: 2 }))).rejects.toMatchObject({
      name: 'event-id-reused',
    });

    expect(await replica.counted('deliveries', { outcome: 'conflict' })).toBe(1);
    expect(inbox().logged).toEqual(['warn: event id reused with a different body']);
  });

  it('accept: an event that cannot be stored is WEBHOOK_UNAVAILABLE and not counted', async () => {
    const replica = inbox().replica();
    replica.database.failNext(1, databaseFailures.noConnection);

    await expect(replica.inbox.accept(newEvent('evt-1'))).rejects.toMatchObject({ name: 'webhook-unavailable' });

    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(0);
  });

  it('dedup cache: a duplicate of an ended event is recognised without the database', async () => {
    const { other } = await givenAppliedEvent();
    other.database.failNext(100, databaseFailures.noConnection);

    const acceptance = await other.inbox.accept(newEvent('evt-1'));

    expect(acceptance).toEqual({ kind: 'duplicate', state: 'DONE' });
    expect(await other.counted('deliveries', { outcome: 'duplicate' })).toBe(1);
    expect(other.database.deadlines).toEqual([]);
    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('dedup cache: a different body with the id of an ended event is a conflict', async () => {
    const { other } = await givenAppliedEvent();

    await expect(other.inbox.accept(newEvent('evt-1', { id: 2 }))).rejects.toMatchObject({
      name: 'event-id-reused',
    });
  });

  it('dedup cache: without Redis, the database gives the same result', async () => {
    const { other } = await givenAppliedEvent();
    inbox().redis.isUnavailable = true;

    expect(await other.inbox.accept(newEvent('evt-1'))).toMatchObject({ kind: 'duplicate', state: 'DONE' });
    expect(await other.inbox.accept(newEvent('evt-2'))).toMatchObject({ kind: 'accepted' });
  });

  it('wake: an accepted event is applied by this process at once', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE' });
  });

  async function givenAppliedEvent() {
    const replica = inbox().replica();
    await inbox().receive('evt-1');
    await replica.attemptDue();
    return { other: inbox().replica() };
  }
});
