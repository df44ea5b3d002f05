import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { PermanentFailure } from '../event-handler.provider';
import { inboxPolicy } from '../inbox.policy';
import { EVENT_TYPE, failingHandler, newEvent, recordingHandler, useInbox, type TestReplica } from '../testing';

const { purgeEveryMs, purgeRows } = inboxPolicy;

/** Documented retention times. */
const DAY_MS = 24 * 60 * 60 * 1_000;
const payloadKeptMs = 7 * DAY_MS;
const idKeptMs = 35 * DAY_MS;

describe('retention', () => {
  const inbox = useInbox();

  it.each(['applied', 'outdated'] as const)(
    'retention: a payload is deleted 7 days after the end (%s)',
    async (outcome) => {
      const replica = await givenEnded({ [EVENT_TYPE]: recordingHandler(outcome) });

      moveClocks(payloadKeptMs - 1);
      expect(await replica.retention.purge()).toBe(0);
      expect((await inbox().row('evt-1')).payload).not.toBeNull();
      moveClocks(1);
      expect(await replica.retention.purge()).toBe(1);

      expect((await inbox().row('evt-1')).payload).toBeNull();
    },
  );

  it('retention: an id is deleted 35 days after the end, and recognised as a duplicate until then', async () => {
    const replica = await givenEnded();
    moveClocks(payloadKeptMs);
    await replica.retention.purge();

    moveClocks(idKeptMs - payloadKeptMs - 1);
    await replica.retention.purge();
    expect(await replica.writer.store(newEvent('evt-1'))).toEqual({ kind: 'duplicate', state: 'DONE' });
    moveClocks(1);
    await replica.retention.purge();

    expect(await inbox().rows()).toEqual([]);
  });

  it('retention: the time is counted from the end, not from the delivery', async () => {
    await inbox().receive('evt-1');
    moveClocks(payloadKeptMs);
    const replica = inbox().replica();
    await replica.attemptDue();

    moveClocks(payloadKeptMs - 1);

    expect(await replica.retention.purge()).toBe(0);
  });

  it('retention: a late run deletes payload and id according to the time of the end', async () => {
    const replica = await givenEnded();
    moveClocks(idKeptMs);

    expect(await replica.retention.purge()).toBe(2);

    expect(await inbox().rows()).toEqual([]);
  });

  it('retention: a DEAD event keeps its payload as long as its id', async () => {
    const replica = await givenEnded({ [EVENT_TYPE]: failingHandler(new PermanentFailure('refused')) });

    moveClocks(idKeptMs - 1);
    await replica.retention.purge();
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DEAD', payload: newEvent('evt-1').payload });
    moveClocks(1);
    expect(await replica.retention.purge()).toBe(1);

    expect(await inbox().rows()).toEqual([]);
  });

  it('retention: an event that has not ended is never deleted', async () => {
    await inbox().receive('received', 'retry');
    await inbox().update(`state = 'RETRY'`, 'retry');
    const before = await inbox().rows();

    moveClocks(10 * idKeptMs);
    await inbox().replica().retention.purge();

    expect(await inbox().rows()).toEqual(before);
  });

  it('retention: a conflict is deleted 35 days after its last delivery', async () => {
    const { writer, retention } = inbox().replica();
    await inbox().receive('evt-1');
    await writer.store(newEvent('evt-1', { id: 2 }));
    moveClocks(idKeptMs - 1);
    await writer.store(newEvent('evt-1', { id: 2 }));

    moveClocks(idKeptMs - 1);
    expect(await retention.purge()).toBe(0);
    moveClocks(1);
    expect(await retention.purge()).toBe(1);
  });

  it('retention: a run deletes everything that is due, in transactions of purgeRows rows', async () => {
    const replica = inbox().replica();
    await inbox().dataSource.query(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${2 * purgeRows + 1})
       INSERT INTO webhook_events (event_id, body_sha256, type, request_id, state, received_at_ms, forget_at_ms)
       SELECT 'evt-' || i, '', 'test', '', 'DONE', 0, 0 FROM n`,
    );

    expect(await replica.retention.purge()).toBe(2 * purgeRows + 1);

    expect(replica.database.deadlines).toHaveLength(4); // three with rows, one without
    expect(await inbox().rows()).toEqual([]);
  });

  it('retention: it runs at startup and then every purgeEveryMs until shutdown', async () => {
    const { replica, ending } = startRetention();

    await advanceWithDatabase(0);
    expect(replica.database.deadlines).toHaveLength(1);
    await advanceWithDatabase(3 * purgeEveryMs);
    expect(replica.database.deadlines).toHaveLength(4);

    ending.abort(new Error('shutdown'));
    await advanceWithDatabase(0);
    expect(jest.getTimerCount()).toBe(0);
    await advanceWithDatabase(3 * purgeEveryMs);
    expect(replica.database.deadlines).toHaveLength(4);
  });

  it('retention: at shutdown a run in progress stops after its transaction', async () => {
    const replica = await givenEnded();
    moveClocks(idKeptMs);

    expect(await replica.retention.purge(AbortSignal.abort())).toBe(1);

    expect((await inbox().row('evt-1')).payload).toBeNull();
  });

  it('retention: a failed run is logged, and the next run follows', async () => {
    await givenEnded();
    moveClocks(payloadKeptMs);
    const { replica } = startRetention((starting) => starting.database.failNext(1, databaseFailures.connectionLost));

    await advanceWithDatabase(0);
    expect(inbox().logged.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await advanceWithDatabase(purgeEveryMs);

    expect(replica.database.deadlines.length).toBeGreaterThan(1);
    expect((await inbox().row('evt-1')).payload).toBeNull();
  });

  async function givenEnded(handlers = { [EVENT_TYPE]: recordingHandler() }): Promise<TestReplica> {
    await inbox().receive('evt-1');
    const replica = inbox().replica({ handlers });
    await replica.attemptDue();
    return replica;
  }

  function startRetention(prepare: (replica: TestReplica) => void = () => undefined) {
    const replica = inbox().replica();
    const ending = new AbortController();
    prepare(replica);
    replica.retention.start(ending.signal);
    return { replica, ending };
  }
});

/** Advances the clocks of the process and the database without running timers. */
function moveClocks(ms: number): void {
  jest.setSystemTime(Date.now() + ms);
}
