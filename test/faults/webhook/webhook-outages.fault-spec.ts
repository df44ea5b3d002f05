/** POST /webhook if the database is down, hangs or is locked, or the result of a commit is lost. */
import { setTimeout as delay } from 'node:timers/promises';
import { InboxWorker } from '@platform/inbox';
import { Failpoints } from '@platform/resilience';
import { Latch } from '@testing/resilience';
import { withDataSource } from '../../support/data-source';
import { createSqlite, type TestDatabase } from '../../support/databases';
import { insertionOf, startInbox, type TestInbox } from '../../support/inbox';
import { createProxiedMysql } from '../../support/servers/proxied-mysql';
import type { Proxy } from '../../support/servers/proxy';

const anEvent = { event: 'test.nothing' };

/** Production deadlines. */
const UNRELAXED = [{}, { isRelaxed: false }] as const;

describe('POST /webhook with MySQL faults', () => {
  let inbox: TestInbox;
  let direct: TestDatabase;
  let proxy: Proxy;
  beforeAll(async () => {
    inbox = await startInbox(
      async () => {
        const proxied = await createProxiedMysql();
        ({ direct, proxy } = proxied);
        return proxied.database;
      },
      ...UNRELAXED,
    );
  });
  afterAll(async () => {
    proxy.restore();
    proxy.thaw();
    await inbox.close();
    proxy.close();
  });
  afterEach(() => jest.restoreAllMocks());

  /** Injects a fault when the failpoint is first reached. Returns the mock, to assert that this happened. */
  const at = (failpoint: string, fault: () => void) => {
    const injected = jest.fn(fault);
    jest.spyOn(inbox.app.get(Failpoints), 'at').mockImplementation((name) => {
      if (name === failpoint && injected.mock.calls.length === 0) injected();
      return Promise.resolve();
    });
    return injected;
  };

  it('database outage: an event gets 503 with Retry-After, and is accepted and applied after recovery', async () => {
    proxy.cut();
    const response = await inbox.send('during-outage', anEvent).expect(503).expect('retry-after', /^\d+$/);
    expect(response.body).toMatchObject({ code: 'webhook-unavailable' });
    proxy.restore();
    await inbox.send('during-outage', anEvent).expect(202);
    await inbox.until('during-outage', 'DONE');
  });

  it('database hang: an event gets 503, and its redelivery is accepted and applied', async () => {
    proxy.freeze();
    await inbox.send('hangs', anEvent).expect(503);
    proxy.thaw();
    await inbox.send('hangs', anEvent).expect((response) => expect([200, 202]).toContain(response.status));
    await inbox.until('hangs', 'DONE');
  });

  it('unknown commit: an event is accepted and stored once if the result of its INSERT is lost', async () => {
    const injected = at('in.insert.sent', () => {
      proxy.dropResponses();
      setTimeout(() => proxy.cut(), 200);
      setTimeout(() => proxy.restore(), 210);
    });
    const response = await inbox.send('lost-result', anEvent).expect(202);
    expect(response.body).toEqual({ status: 'accepted', eventId: 'lost-result' });
    await inbox.send('lost-result', anEvent).expect(200);
    expect((await inbox.rows()).filter(({ eventId }) => eventId === 'lost-result')).toHaveLength(1);
    expect(injected).toHaveBeenCalledTimes(1);
  });

  it('unknown commit: no effect of a batch is repeated if the result of its commit is lost', async () => {
    const applied: string[] = [];
    inbox.handlers['test.changes'] = ({ eventId }) => ({
      effect: () => {
        applied.push(eventId);
        return Promise.resolve('applied');
      },
    });
    const ids = ['lost-commit-1', 'lost-commit-2', 'lost-commit-3'];
    const injected = at('wk.done.updated', () => {
      proxy.dropResponses();
      setTimeout(() => proxy.cut(), 300);
      setTimeout(() => proxy.restore(), 310);
    });
    await withDataSource(direct, [], (dataSource) => dataSource.query(insertionOf('test.changes', ids)));
    await delay(1_000);
    for (const id of ids) expect(await inbox.until(id, 'DONE')).toMatchObject({ attempts: 1, leaseUntilMs: null });
    expect(applied).toEqual(ids);
    expect(injected).toHaveBeenCalledTimes(1);
  });

  it('row lock: a duplicate gets 200 and a conflict 422 while the row of the event is locked', async () => {
    const lock = new Latch();
    inbox.handlers['test.locks'] = () => ({
      effect: async () => {
        await lock.released;
        return 'applied';
      },
    });
    await inbox.send('locked', { event: 'test.locks' }).expect(202);
    await delay(100);
    await inbox.send('locked', { event: 'test.locks' }).expect(200);
    await inbox.send('locked', { event: 'test.other' }).expect(422);
    lock.release();
    await inbox.until('locked', 'DONE');
  });
});

describe('POST /webhook on SQLite', () => {
  it('isolation: uncommitted writes of an effect are not visible, and other events get 503 meanwhile', async () => {
    const inbox = await startInbox(createSqlite, ...UNRELAXED);
    const write = new Latch();
    inbox.handlers['test.writes'] = () => ({
      effect: async (manager) => {
        await manager.query(`UPDATE webhook_events SET last_error = 'dirty'`);
        await write.released;
        throw new Error('the effect fails');
      },
    });
    await inbox.send('writes', { event: 'test.writes' }).expect(202);
    await delay(100);
    expect(await inbox.row('writes')).toMatchObject({ lastError: null }); // reads return committed data only
    await inbox.send('meanwhile', anEvent).expect(503); // one writer at a time
    write.release();
    await inbox.until('writes', 'RETRY');
    await inbox.send('meanwhile', anEvent).expect(202);
    await inbox.until('meanwhile', 'DONE');
    await inbox.close();
  });

  it('SQLITE_BUSY: an event waits for another writing process, and gets 503 after the deadline', async () => {
    const inbox = await startInbox(createSqlite, ...UNRELAXED);
    inbox.app.get(InboxWorker, { strict: false }).wake();
    const other = inbox.dataSource.createQueryRunner();
    await other.query('BEGIN IMMEDIATE');
    const sending = inbox.send('patient', anEvent).expect(202);
    const sent = sending.then(() => 'accepted');
    await delay(200);
    await other.query('COMMIT');
    expect(await sent).toBe('accepted');
    await other.query('BEGIN IMMEDIATE');
    await inbox.send('impatient', anEvent).expect(503);
    await other.query('COMMIT');
    await inbox.send('impatient', anEvent).expect(202);
    await inbox.until('impatient', 'DONE');
    await other.release();
    await inbox.close();
  });
});
