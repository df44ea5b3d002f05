import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { newEvent, useInbox } from '../testing';

describe('inbox writer: storing an event', () => {
  const inbox = useInbox();

  it('store: a new event is stored as RECEIVED and due at once', async () => {
    const event = newEvent('evt-1', { id: 123 });

    const result = await inbox().replica().writer.store(event);

    expect(result).toEqual({ kind: 'accepted' });
    expect(await inbox().row('evt-1')).toMatchObject({
      requestId: event.requestId,
      type: event.type,
      payload: event.payload,
      state: 'RECEIVED',
      attempts: 0,
      dueAtMs: Date.now(),
      leaseUntilMs: null,
    });
  });

  it('store: the result waits for the commit, and a failed commit is WEBHOOK_UNAVAILABLE', async () => {
    const { writer, database } = inbox().replica();
    database.failNext(1, databaseFailures.diskFull, 'commit');

    await expect(writer.store(newEvent('evt-1'))).rejects.toMatchObject({
      name: 'webhook-unavailable',
    });

    expect(await inbox().rows()).toEqual([]);
  });

  it('duplicate: the same id with the same body is a duplicate and reports the state of the event', async () => {
    await inbox().receive('evt-1');
    await inbox().update(`state = 'DEAD'`);

    const result = await inbox()
      .replica()
      .writer.store(newEvent('evt-1', {}, 'another request'));

    expect(result).toEqual({ kind: 'duplicate', state: 'DEAD' });
    expect(await inbox().rows()).toHaveLength(1);
  });

  it('duplicate: one of several concurrent deliveries to four replicas is accepted', async () => {
    const replicas = Array.from({ length: 4 }, () => inbox().replica());

    const results = Promise.all(
      replicas.flatMap((replica, index) => [
        replica.writer.store(newEvent('evt-1', {}, `request ${index}`)),
        replica.writer.store(newEvent('evt-1', {}, `request ${index + 4}`)),
      ]),
    );
    await advanceWithDatabase(0);

    const kinds = (await results).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['accepted', ...Array<string>(7).fill('duplicate')]);
  });

  it('duplicate: a delivery whose INSERT loses the race for the id is compared with the winner', async () => {
    await inbox().receive('evt-1');
    const { writer, inboxRepository } = inbox().replica();
    const beforeTheWinner = () => jest.spyOn(inboxRepository, 'find').mockResolvedValueOnce(new Map());

    beforeTheWinner();
    expect(await writer.store(newEvent('evt-1', {}, 'another request'))).toMatchObject({ kind: 'duplicate' });
    beforeTheWinner();
    expect(await writer.store(newEvent('evt-1', { id: 2 }))).toEqual({ kind: 'conflict' });
  });

  it('conflict: the same id with a different body is recorded and changes nothing else', async () => {
    await inbox().receive('evt-1');
    const before = await inbox().row('evt-1');
    const other = newEvent('evt-1', { id: 2 });

    const result = await inbox().replica().writer.store(other);

    expect(result).toEqual({ kind: 'conflict' });
    expect(await inbox().row('evt-1')).toEqual(before);
    expect(await conflicts()).toEqual([
      {
        event_id: 'evt-1',
        body_sha256: other.bodySha256,
        body_bytes: other.payload.length,
        times: 1,
        request_id: other.requestId,
        last_at_ms: Date.now(),
      },
    ]);
  });

  it('conflict: repeated deliveries of the same different body are counted in one row', async () => {
    await inbox().receive('evt-1');
    const { writer } = inbox().replica();

    await writer.store(newEvent('evt-1', { id: 2 }, 'first'));
    await advanceWithDatabase(1_000);
    await writer.store(newEvent('evt-1', { id: 2 }, 'second'));
    await writer.store(newEvent('evt-1', { id: 3 }, 'third'));

    expect(await conflicts()).toMatchObject([
      { times: 2, request_id: 'second', last_at_ms: Date.now() },
      { times: 1, request_id: 'third' },
    ]);
  });

  it('byte-exact ids: ids that a collation would merge are different events', async () => {
    const ids = ['evt-1', 'EVT-1', 'ÉVT-1', 'évt-1', 'evt-1 ', 'evt-01'];

    await inbox().receive(...ids);

    expect((await inbox().rows()).map(({ eventId }) => eventId)).toEqual(ids);
  });

  it('invalid event: an event that no attempt could apply is rejected and not stored', async () => {
    const { writer } = inbox().replica({ checks: { 'order.updated': rejectAll } });

    await expect(writer.store(newEvent('evt-1'))).rejects.toMatchObject({ name: 'invalid-event', faults: [FAULT] });

    expect(await inbox().rows()).toEqual([]);
  });

  it('invalid event: an event that was accepted before it became invalid is a duplicate', async () => {
    await inbox().receive('evt-1');
    const { writer } = inbox().replica({ checks: { 'order.updated': rejectAll } });

    expect(await writer.store(newEvent('evt-1'))).toEqual({ kind: 'duplicate', state: 'RECEIVED' });
    expect(await writer.store(newEvent('evt-1', { id: 2 }))).toEqual({ kind: 'conflict' });
  });

  const conflicts = () => inbox().dataSource.query<object[]>('SELECT * FROM webhook_conflicts ORDER BY times DESC');
});

const FAULT = { pointer: '/id', code: 'missing', detail: 'id is missing' };

const rejectAll = () => [FAULT];
