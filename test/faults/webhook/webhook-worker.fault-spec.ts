/** The webhook worker with failing event handlers, orphaned events, expired leases, retention and shutdown. */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { InboxOperator, InboxWorker, PermanentFailure } from '@platform/inbox';
import { Retention, inboxPolicy, type TestEffect, type TestHandler } from '@testing/inbox';
import { Latch } from '@testing/resilience';
import { createMysql } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { startInbox, type TestInbox } from '../../support/inbox';
import { metricOf } from '../../support/metrics';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const nothing: TestEffect = () => Promise.resolve('applied');

/** An event without an effect. */
const empty: TestHandler = () => ({ effect: nothing });

describe('webhook worker on MySQL', () => {
  let inbox: TestInbox;
  let sent = 0;
  beforeAll(async () => {
    inbox = await startInbox(createMysql, { webhook: { secrets: [], isWorking: true, maxAttempts: 4 } });
  });
  afterAll(() => inbox.close());

  /** Registers a handler for a new event type and sends one such event. Returns the event id. */
  async function given(handler: TestHandler): Promise<string> {
    sent += 1;
    const id = `evt-${sent}`;
    inbox.handlers[`test.${sent}`] = handler;
    await inbox.send(id, { event: `test.${sent}` }).expect(202);
    return id;
  }
  const update = (id: string, set: string) =>
    inbox.dataSource.query(`UPDATE webhook_events SET ${set} WHERE event_id = '${id}'`);

  describe('failing effects', () => {
    it('retry: a failing effect is retried with backoff until it succeeds', async () => {
      let calls = 0;
      const id = await given(() => {
        calls += 1;
        if (calls < 3) throw new Error(`failure ${calls}`);
        return { effect: nothing };
      });
      for (const attempts of [1, 2]) {
        const row = await inbox.until(id, 'RETRY');
        expect(row).toMatchObject({ attempts, lastError: `failure ${attempts}`, leaseUntilMs: null });
        await update(id, `state = 'RECEIVED', due_at_ms = 0`); // its backoff is over
        inbox.app.get(InboxWorker, { strict: false }).wake();
        await delay(100);
      }
      expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 3, lastError: null, dueAtMs: null });
    });

    it('dead letter: an event is DEAD after its last attempt, delays no other event, and can be replayed', async () => {
      let isMended = false;
      const id = await given(() => ({
        effect: () => (isMended ? Promise.resolve('applied') : Promise.reject(new Error('broken'))),
      }));
      for (let attempt = 1; attempt < 4; attempt++) {
        await inbox.until(id, 'RETRY');
        await update(id, `state = 'RECEIVED', due_at_ms = 0`);
        const other = await given(empty);
        await inbox.until(other, 'DONE');
      }
      expect(await inbox.until(id, 'DEAD')).toMatchObject({ attempts: 4, lastError: 'broken', dueAtMs: null });
      expect(await metricOf(inbox, 'farmlokal_webhook_events{state="DEAD"}')).toBe(1);
      const operator = inbox.app.get(InboxOperator, { strict: false });
      expect(await operator.list({ state: 'DEAD', limit: 10 })).toMatchObject([{ eventId: id, state: 'DEAD' }]);

      isMended = true;
      expect(await operator.replay(id)).toBe('replayed');
      expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 5, replays: 1 });
      expect(await operator.replay(id)).toBe('DONE');
      expect(await operator.replay('missing')).toBe('unknown');
    });

    it('dead letter: a permanent failure makes an event DEAD at once', async () => {
      const id = await given(() => {
        throw new PermanentFailure('no such order');
      });
      expect(await inbox.until(id, 'DEAD')).toMatchObject({ attempts: 1, lastError: 'no such order' });
    });

    it('rollback: a failed effect leaves none of its writes', async () => {
      await inbox.dataSource.query('CREATE TABLE test_traces (trace INTEGER)');
      const id = await given(() => ({
        effect: async (manager) => {
          await manager.query('INSERT INTO test_traces (trace) VALUES (1)');
          throw new Error('after all');
        },
      }));
      await inbox.until(id, 'RETRY');
      expect(await inbox.dataSource.query('SELECT trace FROM test_traces')).toEqual([]);
      await update(id, `state = 'DEAD', due_at_ms = NULL`);
    });

    it('batch: an event that fails in the middle is retried alone, and each other event is applied once', async () => {
      const ids = Array.from({ length: 8 }, (_, at) => `batch-${at}`);
      await inbox.dataSource.query('CREATE TABLE test_batches (event_id VARCHAR(20))');
      inbox.handlers['test.batch'] = ({ eventId }) => ({
        effect: async (manager) => {
          await manager.query('INSERT INTO test_batches (event_id) VALUES (?)', [eventId]);
          if (eventId === 'batch-3') throw new Error('broken');
          return 'applied';
        },
      });
      await inbox.receiveTogether('test.batch', ...ids);
      expect(await inbox.until('batch-3', 'RETRY')).toMatchObject({ attempts: 1, lastError: 'broken' });
      const others = ids.filter((id) => id !== 'batch-3');
      for (const id of others) expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 1, abandoned: 0 });
      const applied = await inbox.dataSource.query<{ id: string }[]>('SELECT event_id AS id FROM test_batches');
      expect(applied.map(({ id }) => id)).toEqual(others);
      await update('batch-3', `state = 'DEAD', due_at_ms = NULL`);
    });
  });

  describe('orphaned events', () => {
    /** Sets the state that a process leaves if it is killed during an attempt. */
    const abandon = (id: string, abandoned: number) =>
      update(id, `state = 'RECEIVED', due_at_ms = NULL, lease_until_ms = 1, attempts = 1, abandoned = ${abandoned}`);

    it('orphan recovery: an event whose worker was killed is attempted again', async () => {
      const id = await given(empty);
      await inbox.until(id, 'DONE');
      await abandon(id, 0);
      expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 2, abandoned: 1, leaseUntilMs: null });
    });

    it('poison event: poison candidates are attempted one at a time, concurrently with other events', async () => {
      const inFlight = new Set<string>();
      const concurrentSets: string[][] = [];
      const handler =
        (name: string): TestHandler =>
        () => ({
          lookUp: async () => {
            inFlight.add(name);
            concurrentSets.push([...inFlight]);
            await delay(60);
            inFlight.delete(name);
            return nothing;
          },
        });
      const candidates: string[] = [];
      for (const at of [1, 2, 3]) candidates.push(await given(handler(`candidate ${at}`)));
      for (const candidate of candidates) await inbox.until(candidate, 'DONE');
      concurrentSets.length = 0;
      for (const candidate of candidates) await abandon(candidate, 1);
      const others: string[] = [];
      for (let at = 0; at < 20; at++) others.push(await given(handler(`other ${at}`)));
      for (const id of [...candidates, ...others]) await inbox.until(id, 'DONE');
      for (const candidate of candidates)
        expect(await inbox.row(candidate)).toMatchObject({ attempts: 2, abandoned: 2 });
      const candidatesIn = (concurrent: string[]) => concurrent.filter((each) => each.startsWith('candidate')).length;
      expect(Math.max(...concurrentSets.map(candidatesIn))).toBe(1);
      expect(Math.max(...concurrentSets.map(({ length }) => length))).toBeGreaterThan(1);
    });

    it('poison event: an event is DEAD if every attempt ended with its process', async () => {
      const id = await given(empty);
      await inbox.until(id, 'DONE');
      await abandon(id, 3);
      await update(id, 'attempts = 4');
      const row = await inbox.until(id, 'DEAD');
      expect(row.lastError).toBe('the worker process ended during the last attempt');
    });
  });

  it('lease: it is renewed during an attempt that takes longer', async () => {
    let calls = 0;
    const id = await given(() => ({
      lookUp: async () => {
        calls += 1;
        await delay(2_500); // twice a lease
        return nothing;
      },
    }));
    expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 1, abandoned: 0 });
    expect(calls).toBe(1);
  });

  it('fencing: a worker whose event was reclaimed changes nothing when it resumes', async () => {
    let calls = 0;
    const applied: number[] = [];
    const first = new Latch();
    const id = await given(() => ({
      lookUp: async () => {
        calls += 1;
        const attempt = calls;
        if (attempt === 1) await first.released;
        return (manager) => {
          applied.push(attempt);
          return nothing(manager);
        };
      },
    }));
    await delay(50);
    await update(id, 'attempts = attempts + 1, lease_until_ms = 1'); // as if another worker had reclaimed it and died
    await inbox.until(id, 'DONE');
    first.release();
    await delay(50);
    expect(applied).toEqual([2]);
    expect(await inbox.row(id)).toMatchObject({ state: 'DONE', attempts: 3 });
  });

  it('retention: payloads are purged after 7 days and ids after 35, unfinished events never', async () => {
    const retention = inbox.app.get(Retention, { strict: false });
    const [done, waiting, dead] = [
      await given(empty),
      await given(() => {
        throw new Error('later');
      }),
      await given(() => {
        throw new PermanentFailure('never');
      }),
    ];
    await inbox.send(done, { event: 'other bytes' }).expect(422);
    await inbox.until(done, 'DONE');
    await inbox.until(waiting, 'RETRY');
    await inbox.until(dead, 'DEAD');
    await update(waiting, `state = 'DEAD', due_at_ms = NULL, forget_at_ms = NULL`); // an event that is never finished
    const payloads = async () => Promise.all([done, waiting, dead].map(async (id) => (await inbox.row(id))?.payload));

    await inbox.advanceTime(7 * DAY_MS - HOUR_MS);
    await retention.purge();
    expect(await payloads()).not.toContain(null);
    await inbox.advanceTime(HOUR_MS);
    await retention.purge();
    expect(await payloads()).toEqual([null, expect.any(String), expect.any(String)]);
    expect(await inbox.dataSource.query('SELECT times FROM webhook_conflicts')).toEqual([{ times: 1 }]);
    await inbox.advanceTime(28 * DAY_MS);
    await retention.purge();
    expect(await payloads()).toEqual([undefined, expect.any(String), undefined]);
    expect(await inbox.dataSource.query('SELECT times FROM webhook_conflicts')).toEqual([]);
  });

  it('graceful shutdown: the worker releases events with a lookup, and then finishes those in commit', async () => {
    const ending = await startInbox(createMysql, { webhook: { secrets: [], isWorking: true, maxAttempts: 1 } });
    const written = new Latch();
    const writing = new Latch();
    ending.handlers['test.prepares'] = () => ({
      lookUp: (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    ending.handlers['test.writes'] = () => ({
      effect: async () => {
        writing.release();
        await written.released;
        return 'applied';
      },
    });
    ending.handlers['test.hangs'] = () => ({ lookUp: () => new Promise(() => undefined) });
    const heldEvents = () =>
      ending.dataSource.query(
        'SELECT CAST(event_id AS CHAR) AS eventId FROM webhook_events WHERE lease_until_ms IS NOT NULL',
      );
    await ending.send('prepares', { event: 'test.prepares' }).expect(202);
    const hanging = Array.from({ length: inboxPolicy.maxBatchEvents }, (_, at) => `hangs-${at}`);
    await ending.receiveTogether('test.hangs', ...hanging);
    await ending.send('writes', { event: 'test.writes' }).expect(202);
    await writing.released;
    const ended = ending.app.get(InboxWorker, { strict: false }).beforeApplicationShutdown();
    try {
      await eventually(heldEvents, (events) => isDeepStrictEqual(events, [{ eventId: 'writes' }]));
    } finally {
      written.release();
      await ended;
    }
    expect(await ending.row('writes')).toMatchObject({ state: 'DONE' });
    const released = { state: 'RECEIVED', attempts: 0, abandoned: 0, dueAtMs: expect.any(Number) as number };
    const rows = new Map((await ending.rows()).map((row) => [row.eventId, row]));
    for (const id of ['prepares', ...hanging]) expect(rows.get(id)).toMatchObject(released);
    await ending.close();
  });

  it('metrics: report the age of the oldest due event', async () => {
    const idle = await startInbox(createMysql, {}, { isWorking: false });
    await idle.send('waits', { event: 'test.waits' }).expect(202);
    await idle.advanceTime(HOUR_MS);
    expect(await metricOf(idle, 'farmlokal_webhook_oldest_due_seconds')).toBeGreaterThanOrEqual(3_600);
    expect(await metricOf(idle, 'farmlokal_webhook_events{state="RECEIVED"}')).toBe(1);
    await idle.close();
  });
});
