/** Orphan recovery: another worker reclaims events whose worker was killed. Leases of many events. */
import { FailedAttempts, inboxPolicy, OrphanRecovery, WorkRepository, type ClaimedEvent } from '@testing/inbox';
import { createMysql } from '../support/databases';
import { insertionOf, startInbox, type TestInbox } from '../support/inbox';

const CANDIDATES = 60;

describe('orphan recovery on MySQL', () => {
  let inbox: TestInbox;

  beforeAll(async () => {
    inbox = await startInbox(createMysql, {}, { isWorking: false });
  });
  beforeEach(() => inbox.dataSource.query('DELETE FROM webhook_events'));
  afterAll(() => inbox.close());

  /** Stores an event whose lease expired at `leaseUntilMs`. Events with the earliest expiry are reclaimed first. */
  async function givenOrphan(eventId: string, differing: { abandoned?: number; leaseUntilMs: number }) {
    const { abandoned = 0, leaseUntilMs } = differing;
    await inbox.dataSource.query(
      `INSERT INTO webhook_events
         (event_id, body_sha256, type, payload, request_id, state, attempts, abandoned, received_at_ms, lease_until_ms)
       VALUES (?, '', 'test', '{}', '', 'RECEIVED', ?, ?, 1, ?)`,
      [eventId, abandoned + 1, abandoned, leaseUntilMs],
    );
  }

  async function givenCandidates(): Promise<void> {
    for (let at = 0; at < CANDIDATES; at++) await givenOrphan(`candidate-${at}`, { abandoned: 1, leaseUntilMs: 1 });
  }

  const reclaim = (freeSlots: number, hasPoisonCandidate = false) =>
    inbox.app.get(OrphanRecovery, { strict: false }).reclaim(freeSlots, hasPoisonCandidate);

  it('orphan recovery: poison candidates do not hide an orphan, and one candidate is reclaimed at a time', async () => {
    await givenCandidates();
    await givenOrphan('innocent', { leaseUntilMs: 2 });
    const { reclaimed } = await reclaim(4);
    expect(reclaimed.map(({ eventId }) => eventId)).toEqual(['innocent', expect.stringMatching(/^candidate-/)]);
  });

  it('poison event: waiting candidates do not cause another search at once', async () => {
    await givenCandidates();
    const { reclaimed, hasMore } = await reclaim(4, true);
    expect([reclaimed, hasMore]).toEqual([[], false]);
  });
});

describe('leases of many events on MySQL', () => {
  let inbox: TestInbox;

  beforeEach(async () => {
    inbox = await startInbox(createMysql, {}, { isWorking: false });
  });
  afterEach(() => inbox.close());

  it.each<[operation: string, (events: readonly ClaimedEvent[]) => Promise<void>]>([
    ['renewed', (events) => inbox.app.get(WorkRepository, { strict: false }).renew(events)],
    ['released', (events) => inbox.app.get(FailedAttempts, { strict: false }).release(events)],
  ])('lease: many events are %s while the rows of other leased events are locked', async (_, operation) => {
    const events = await givenLeased(2 * inboxPolicy.maxBatchEvents);
    const [written, waiting] = [events.slice(0, 8), events.slice(8)];
    const writer = inbox.dataSource.createQueryRunner();
    await writer.startTransaction('READ COMMITTED');
    try {
      for (const { id } of written)
        await writer.query('UPDATE webhook_events SET lease_until_ms = 11 WHERE id = ?', [id]);

      await expect(operation(waiting)).resolves.toBeUndefined();
    } finally {
      await writer.rollbackTransaction();
      await writer.release();
    }
    const [unchanged] = await inbox.dataSource.query<{ n: number }[]>(
      'SELECT COUNT(*) AS n FROM webhook_events WHERE lease_until_ms = 10',
    );
    expect(Number(unchanged?.n)).toBe(written.length);
  });

  /** Stores leased events in a large table. In a small one, the server would scan all rows. */
  async function givenLeased(count: number): Promise<ClaimedEvent[]> {
    await inbox.dataSource.query(
      `INSERT INTO webhook_events (event_id, body_sha256, type, request_id, state, received_at_ms)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
       SELECT CONCAT('ended-', a.n, '-', b.n), '', 'ended', '', 'DONE', 0 FROM numbers a, numbers b WHERE b.n <= 20`,
    );
    const eventIds = Array.from({ length: count }, (_, at) => `leased-${at}`);
    await inbox.dataSource.query(insertionOf('test', eventIds));
    await inbox.dataSource.query(
      `UPDATE webhook_events SET attempts = 1, due_at_ms = NULL, lease_until_ms = 10 WHERE type = 'test'`,
    );
    return inbox.dataSource.query(`SELECT id, attempts AS attempt FROM webhook_events WHERE type = 'test' ORDER BY id`);
  }
});
