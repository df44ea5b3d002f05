import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { EVENT_TYPE, failingHandler, neverPrepared, useInbox, type TestHandler, type TestReplica } from '../testing';

const { leaseMs, maxReclaimed, renewMs } = inboxPolicy;

/** Documented limit: events of a killed worker are reclaimed within two seconds. */
const RECLAIM_MS = 2_000;

describe('orphan recovery', () => {
  const inbox = useInbox();

  it.each([0, 1, renewMs - 1, renewMs, renewMs + 1])(
    'orphan recovery: an event whose worker is killed after %d ms is applied by another worker within 2 s',
    async (runningMs) => {
      const { owner } = await givenAttempt(neverPrepared);
      const other = inbox().workingReplica();
      await advanceWithDatabase(runningMs);
      owner.database.halt();

      await advanceWithDatabase(RECLAIM_MS);

      expect(await inbox().applied()).toEqual(['evt-1']);
      expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', attempts: 2, abandoned: 1 });
      expect(await other.counted('attempts', { result: 'abandoned' })).toBe(1);
    },
  );

  it('orphan recovery: an event is not reclaimed before its lease has expired', async () => {
    const { owner } = await givenAttempt(neverPrepared);
    owner.database.halt();
    const other = inbox().replica();

    await advanceWithDatabase(leaseMs - 1);
    expect(await reclaim(other)).toEqual([]);
    await advanceWithDatabase(1);
    expect(await reclaim(other)).toEqual(['evt-1']);
  });

  it('orphan recovery: if two replicas run it at the same time, one reclaims the event', async () => {
    const { owner } = await givenAttempt(neverPrepared);
    owner.database.halt();
    await advanceWithDatabase(leaseMs);

    const reclaimed = await Promise.all([reclaim(inbox().replica()), reclaim(inbox().replica())]);

    expect(reclaimed.flat()).toEqual(['evt-1']);
  });

  it.each(['wk.locked', 'wk.effect.done', 'wk.done.updated'])(
    'orphan recovery: a worker that is killed at %s leaves no effect, and another worker applies the event once',
    async (failpoint) => {
      const owner = inbox().replica();
      owner.failpoints.on(failpoint, () => owner.database.halt());
      await inbox().receive('evt-1');
      owner.worker.start();
      await advanceWithDatabase(0);
      expect(await inbox().applied()).toEqual([]);

      inbox().workingReplica();
      await advanceWithDatabase(RECLAIM_MS);

      expect(await inbox().applied()).toEqual(['evt-1']);
    },
  );

  it('orphan recovery: a failed attempt that could not be recorded is reclaimed', async () => {
    const { owner } = await givenAttempt(failingHandler(), (replica) =>
      replica.failpoints.on('wk.claimed', () => replica.database.failNext(1, databaseFailures.connectionLost)),
    );
    expect(inbox().logged).toContain('warn: a failed attempt could not be recorded');
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RECEIVED', attempts: 1 });
    owner.database.halt();

    inbox().workingReplica();
    await advanceWithDatabase(RECLAIM_MS);

    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('orphan recovery: more orphans than slots are reclaimed without polling, first before new events', async () => {
    const orphans = Array.from({ length: 3 * maxReclaimed }, (_, index) => `orphan-${index}`);
    await inbox().receive(...orphans);
    await inbox().replica().work.claim(orphans.length);
    await advanceWithDatabase(leaseMs);
    await inbox().receive('evt-new');

    inbox().workingReplica();
    await advanceWithDatabase(0);

    const applied = await inbox().applied();
    expect(applied.slice(0, maxReclaimed)).toEqual(orphans.slice(0, maxReclaimed));
    expect(applied.sort()).toEqual([...orphans, 'evt-new'].sort());
  });

  it('orphan recovery: no more events are reclaimed than slots are free', async () => {
    const ids = Array.from({ length: 3 * maxReclaimed }, (_, index) => `orphan-${index}`);
    await inbox().receive(...ids);
    await inbox().replica().work.claim(ids.length);
    await advanceWithDatabase(leaseMs);

    expect(await reclaim(inbox().replica(), 2)).toHaveLength(2);
  });

  /** Sets up a replica with an attempt at `evt-1` in flight. */
  async function givenAttempt(handler: TestHandler, prepare: (owner: TestReplica) => void = () => undefined) {
    const owner = inbox().replica({ handlers: { [EVENT_TYPE]: handler } });
    prepare(owner);
    await inbox().receive('evt-1');
    owner.worker.start();
    await advanceWithDatabase(0);
    return { owner };
  }

  async function reclaim({ orphans }: TestReplica, freeSlots: number = maxReclaimed): Promise<string[]> {
    const { reclaimed } = await orphans.reclaim(freeSlots, false);
    return reclaimed.map(({ eventId }) => eventId);
  }
});
