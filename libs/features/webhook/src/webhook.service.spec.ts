import { databaseFailures } from '@testing/database';
import { advanceWithDatabase, newDelivery, useInbox } from './testing';

describe('webhook service', () => {
  const inbox = useInbox();

  it('accept: a new event is accepted, counted and logged', async () => {
    const replica = inbox().replica();

    expect(await replica.service.accept(newDelivery('evt-1'))).toEqual({ status: 'accepted', eventId: 'evt-1' });

    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(1);
    expect(inbox().logged).toEqual(['info: event accepted']);
  });

  it('duplicate: a repeated delivery reports the state of the event and is counted', async () => {
    const replica = inbox().replica();
    await inbox().receive('evt-1');

    expect(await replica.service.accept(newDelivery('evt-1'))).toEqual({
      status: 'duplicate',
      eventId: 'evt-1',
      state: 'RECEIVED',
    });

    expect(await replica.counted('deliveries', { outcome: 'duplicate' })).toBe(1);
    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(0);
  });

  it('conflict: the same id with a different body is EVENT_ID_REUSED, counted and logged', async () => {
    const replica = inbox().replica();
    await inbox().receive('evt-1');

    await expect(replica.service.accept(newDelivery('evt-1', { id: 2 }))).rejects.toMatchObject({
      name: 'event-id-reused',
    });

    expect(await replica.counted('deliveries', { outcome: 'conflict' })).toBe(1);
    expect(inbox().logged).toEqual(['warn: event id reused with a different body']);
  });

  it('accept: an event that cannot be stored is WEBHOOK_UNAVAILABLE and not counted', async () => {
    const replica = inbox().replica();
    replica.database.failNext(1, databaseFailures.noConnection);

    await expect(replica.service.accept(newDelivery('evt-1'))).rejects.toMatchObject({ name: 'webhook-unavailable' });

    expect(await replica.counted('deliveries', { outcome: 'accepted' })).toBe(0);
  });

  it('dedup cache: a duplicate of an ended event is recognised without the database', async () => {
    const { replica, other } = await givenAppliedEvent();
    other.database.failNext(100, databaseFailures.noConnection);

    const response = await other.service.accept(newDelivery('evt-1'));

    expect(response).toEqual({ status: 'duplicate', eventId: 'evt-1', state: 'DONE' });
    expect(await other.counted('deliveries', { outcome: 'duplicate' })).toBe(1);
    expect(other.database.deadlines).toEqual([]);
    expect(replica.cacheVersion.invalidate).toHaveBeenCalledTimes(1);
  });

  it('dedup cache: a different body with the id of an ended event is a conflict', async () => {
    const { other } = await givenAppliedEvent();

    await expect(other.service.accept(newDelivery('evt-1', { id: 2 }))).rejects.toMatchObject({
      name: 'event-id-reused',
    });
  });

  it('dedup cache: without Redis, the database gives the same result', async () => {
    const { other } = await givenAppliedEvent();
    inbox().redis.isUnavailable = true;

    expect(await other.service.accept(newDelivery('evt-1'))).toMatchObject({ status: 'duplicate', state: 'DONE' });
    expect(await other.service.accept(newDelivery('evt-2'))).toMatchObject({ status: 'accepted' });
  });

  it('wake: an accepted event is applied by this process at once', async () => {
    const replica = inbox().workingReplica();
    await advanceWithDatabase(0);

    await replica.service.accept(newDelivery('evt-1'));
    await advanceWithDatabase(0);

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE' });
  });

  async function givenAppliedEvent() {
    const replica = inbox().replica();
    await inbox().receive('evt-1');
    await replica.attemptDue();
    return { replica, other: inbox().replica() };
  }
});
