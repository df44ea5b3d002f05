/** Orphan recovery: another worker reclaims events whose worker was killed. */
import { OrphanRecovery } from '@testing/inbox';
import { createMysql } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';

const CANDIDATES = 60;

describe('orphan recovery on MySQL', () => {
  let inbox: TestInbox;

  beforeAll(async () => {
    inbox = await startInbox(createMysql, {}, { isWorking: false });
  });
  beforeEach(() => inbox.dataSource.query('DELETE FROM webhook_events'));
  afterAll(() => inbox.close());

  /** Stores an event whose lease expired at `leaseUntilMs`. Events with the earliest expiry are reclaimed first. */
  async function givenOrphan(eventId: string, differing: { abandoned?: number; state?: string; leaseUntilMs: number }) {
    const { abandoned = 0, state = 'RECEIVED', leaseUntilMs } = differing;
    await inbox.dataSource.query(
      `INSERT INTO webhook_events
         (event_id, body_sha256, type, payload, request_id, state, attempts, abandoned, received_at_ms, lease_until_ms)
       VALUES (?, '', 'test', '{}', '', ?, ?, ?, 1, ?)`,
      [eventId, state, abandoned + 1, abandoned, leaseUntilMs],
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

  it('invalidation: poison candidates do not hide a change whose invalidation is not yet published', async () => {
    await givenCandidates();
    await givenOrphan('done', { state: 'DONE', leaseUntilMs: 2 });
    expect((await reclaim(4)).needingInvalidation).toHaveLength(1);
  });

  it('poison event: waiting candidates do not cause another search at once', async () => {
    await givenCandidates();
    const { reclaimed, hasMore } = await reclaim(4, true);
    expect([reclaimed, hasMore]).toEqual([[], false]);
  });
});
