import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { newEvent, useInbox } from '../testing';

const { leaseMs, pollMs, renewMs } = inboxPolicy;

describe('invalidation publisher', () => {
  const inbox = useInbox();

  it('invalidation: it is published after the commit', async () => {
    const replica = inbox().workingReplica();
    const statesAtPublication: string[] = [];
    replica.cacheVersion.invalidate.mockImplementation(async () => {
      statesAtPublication.push((await inbox().row('evt-1')).state);
    });

    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);

    expect(statesAtPublication).toEqual(['DONE']);
  });

  it('invalidation: a committed change keeps its lease until the next renewal records the publication', async () => {
    const replica = inbox().workingReplica();
    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);
    expect((await inbox().row('evt-1')).leaseUntilMs).toBe(Date.now() + leaseMs);

    await advanceWithDatabase(renewMs);

    expect((await inbox().row('evt-1')).leaseUntilMs).toBeNull();
  });

  it.each(['wk.committed', 'wk.published'])(
    'invalidation: a change whose process is killed at %s is published by another process and not applied again',
    async (failpoint) => {
      await givenUnpublishedChange(failpoint);
      const other = inbox().workingReplica();

      await advanceWithDatabase(leaseMs + pollMs);

      expect(other.cacheVersion.invalidate).toHaveBeenCalledTimes(1);
      expect(await inbox().applied()).toEqual(['evt-1']);
      expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE', attempts: 1, leaseUntilMs: null });
    },
  );

  it('invalidation: changes that are recovered together are published once', async () => {
    await inbox().receive('evt-1', 'evt-2', 'evt-3');
    await inbox().update(`state = 'DONE', due_at_ms = NULL, lease_until_ms = ${Date.now()}`);
    const other = inbox().workingReplica();

    await advanceWithDatabase(10 * pollMs);

    expect(other.cacheVersion.invalidate).toHaveBeenCalledTimes(1);
    expect((await inbox().rows()).map(({ leaseUntilMs }) => leaseUntilMs)).toEqual([null, null, null]);
  });

  it('invalidation: publishing a change again is harmless', async () => {
    await givenUnpublishedChange('wk.published');
    const before = await inbox().row('evt-1');
    const replicas = [inbox().replica(), inbox().replica()];

    for (const { invalidation } of replicas) await invalidation.publish(before.id);
    for (const { invalidation } of replicas) await invalidation.recordPublished();

    expect(await inbox().row('evt-1')).toEqual({ ...before, leaseUntilMs: null });
    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('invalidation: if its publication cannot be recorded, it is published again', async () => {
    const replica = inbox().workingReplica();
    await replica.inbox.accept(newEvent('evt-1'));
    await advanceWithDatabase(0);
    jest.spyOn(replica.work, 'markPublished').mockRejectedValueOnce(databaseFailures.connectionLost());

    await advanceWithDatabase(renewMs + leaseMs + pollMs);

    expect(replica.cacheVersion.invalidate).toHaveBeenCalledTimes(2);
    expect((await inbox().row('evt-1')).leaseUntilMs).toBeNull();
  });

  it('invalidation: recording a publication does not change events that are not DONE', async () => {
    await inbox().receive('evt-1');
    const replica = inbox().replica();
    const { id } = await replica.claimOne();

    await replica.work.markPublished([id]);

    expect((await inbox().row('evt-1')).leaseUntilMs).toBe(Date.now() + leaseMs);
  });

  /** Commits a change whose replica is killed at the failpoint after the commit. */
  async function givenUnpublishedChange(failpoint: string): Promise<void> {
    const owner = inbox().replica();
    owner.failpoints.on(failpoint, () => {
      owner.database.halt();
      return new Promise(() => undefined);
    });
    await inbox().receive('evt-1');
    owner.worker.start();
    await advanceWithDatabase(0);
    expect(await inbox().row('evt-1')).toMatchObject({ state: 'DONE' });
  }
});
