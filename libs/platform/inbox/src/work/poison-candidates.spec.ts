import { fullJitterMs } from '@platform/resilience';
import { advanceWithDatabase } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { EVENT_TYPE, neverPrepared, recordingHandler, useInbox, type TestHandler, type TestReplica } from '../testing';

const { backoff, leaseMs, maxReclaimed, pollMs } = inboxPolicy;

/** Batch size of orphan recovery. */
const BATCH_SIZE = 50;

describe('poison candidates', () => {
  const inbox = useInbox();

  it('poison candidate: events that were abandoned once are reclaimed together', async () => {
    await givenOrphans(['a', 'b', 'c'], 0);

    expect(await reclaim()).toEqual(['a', 'b', 'c']);
  });

  it('poison candidate: a worker processes events that were abandoned before one at a time', async () => {
    await givenOrphans(['a', 'b', 'c'], 1);
    const worker = inbox().workingReplica({ handlers: { [EVENT_TYPE]: neverPrepared } });

    await advanceWithDatabase(4 * pollMs);

    expect(await worker.counted('attempts', { result: 'abandoned' })).toBe(1);
    expect((await inbox().rows()).map(({ abandoned }) => abandoned)).toEqual([2, 1, 1]);
  });

  it('poison candidate: the next one is reclaimed when the previous one has ended', async () => {
    await givenOrphans(['a', 'b', 'c'], 1);
    inbox().workingReplica();

    await advanceWithDatabase(3 * pollMs);

    expect(await inbox().applied()).toEqual(['a', 'b', 'c']);
  });

  it('poison candidate: it is reclaimed together with healthy events and does not delay them', async () => {
    await givenOrphans(['poison', 'other poison'], 1);
    await givenOrphans(['orphan'], 0);

    expect(await reclaim()).toEqual(['orphan', 'poison']);
  });

  it('poison candidate: any number of candidates does not hide an orphan', async () => {
    await givenOrphans(
      Array.from({ length: 2 * BATCH_SIZE }, (_, index) => `poison-${index}`),
      1,
    );
    await inbox().update('lease_until_ms = lease_until_ms - 1');
    await givenOrphans(['orphan'], 0);

    const { reclaimed } = await inbox().replica().orphans.reclaim(maxReclaimed, true);

    expect(reclaimed.map(({ eventId }) => eventId)).toEqual(['orphan']);
  });

  it('poison candidate: waiting candidates do not cause another recovery at once', async () => {
    await givenOrphans(
      Array.from({ length: 2 * BATCH_SIZE }, (_, index) => `poison-${index}`),
      1,
    );

    const { reclaimed, hasMore } = await inbox().replica().orphans.reclaim(maxReclaimed, true);

    expect({ reclaimed, hasMore }).toEqual({ reclaimed: [], hasMore: false });
  });

  it('poison candidate: new events are applied while candidates wait', async () => {
    await givenOrphans(
      Array.from({ length: 10 }, (_, index) => `poison-${index}`),
      1,
    );
    await inbox().update(`type = 'poison'`);
    await inbox().receive('evt-1', 'evt-2', 'evt-3');
    inbox().workingReplica({ handlers: { [EVENT_TYPE]: recordingHandler(), poison: neverPrepared } });

    await advanceWithDatabase(0);

    expect(await inbox().applied()).toEqual(['evt-1', 'evt-2', 'evt-3']);
  });

  it.each([
    [0, 0],
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [20, backoff.capMs],
  ])('lease: after %d earlier losses it is leaseMs plus up to %d ms of full jitter', async (abandoned, boundMs) => {
    const leases = [];
    for (const randomness of [0, 0.5, 0.999_999]) {
      await givenOrphans(['evt-1'], abandoned);
      await inbox().replica({ randomness }).orphans.reclaim(1, false);
      leases.push(((await inbox().row('evt-1')).leaseUntilMs ?? NaN) - Date.now());
      await inbox().dataSource.query('DELETE FROM webhook_events');
    }

    expect(leases).toEqual([leaseMs, leaseMs + boundMs / 2, leaseMs + Math.max(0, boundMs - 1)]);
  });

  it('poison event: an event that kills every worker is DEAD after maxAttempts', async () => {
    const maxAttempts = 5;
    await inbox().receive('poison');
    const healthy = inbox().replica({ maxAttempts });

    for (let attempts = 1; attempts <= maxAttempts; attempts++) {
      expect(await inbox().row('poison')).toMatchObject({ state: 'RECEIVED', attempts: attempts - 1 });
      await killWorkerWhilePreparing(maxAttempts);
      await advanceWithDatabase(longestLeaseMs(attempts));
    }
    await healthy.orphans.reclaim(maxReclaimed, false);

    expect(await inbox().row('poison')).toMatchObject({
      state: 'DEAD',
      attempts: maxAttempts,
      lastError: 'the worker process ended during the last attempt',
      leaseUntilMs: null,
    });
    expect(await healthy.counted('attempts', { result: 'dead' })).toBe(1);
  });

  it.each<[where: string, poison: (kill: () => void) => TestHandler]>([
    [
      'its handler',
      (kill) => () => {
        kill();
        throw new Error('the process was killed');
      },
    ],
    [
      'its effect',
      (kill) => () => ({
        effect: () => {
          kill();
          return Promise.resolve('applied');
        },
      }),
    ],
  ])(
    'poison event: if %s kills each worker, it is DEAD, and every other event of its batch is applied once',
    async (_, poison) => {
      const maxAttempts = 4;
      const others = Array.from({ length: 20 }, (__, index) => `evt-${index}`);
      await inbox().receive(...others.slice(0, 10), 'poison', ...others.slice(10));
      await inbox().update(`type = 'poison'`, 'poison');
      let processes = 0;

      while ((await inbox().row('poison')).state !== 'DEAD') {
        expect((processes += 1)).toBeLessThanOrEqual(maxAttempts + 1);
        const handlers = { [EVENT_TYPE]: recordingHandler(), poison: poison(() => worker.database.halt()) };
        const worker: TestReplica = inbox().replica({ maxAttempts, handlers, randomness: 0 });
        worker.worker.start();
        await advanceWithDatabase(longestLeaseMs(0));
      }
      inbox().workingReplica({ maxAttempts });
      await advanceWithDatabase(longestLeaseMs(0) * others.length);

      expect((await inbox().applied()).sort()).toEqual([...others].sort());
      expect(await inbox().row('poison')).toMatchObject({ attempts: maxAttempts });
      const attempts = (await inbox().rows()).filter(({ state }) => state === 'DONE').map((row) => row.attempts);
      expect(attempts).toHaveLength(others.length);
      expect(Math.max(...attempts)).toBeLessThan(maxAttempts);
    },
  );

  it('poison event: it is DEAD even if no slot is free and another candidate is in flight', async () => {
    await givenOrphans(['poison'], 4);
    await inbox().update('attempts = 5');

    await inbox().replica({ maxAttempts: 5 }).orphans.reclaim(0, true);

    expect(await inbox().row('poison')).toMatchObject({ state: 'DEAD' });
  });

  it('poison event: attempts before a replay do not count', async () => {
    await givenOrphans(['replayed'], 0);
    await inbox().update('attempts = 6, earlier_attempts = 5');

    await inbox().replica({ maxAttempts: 5 }).orphans.reclaim(maxReclaimed, false);

    expect(await inbox().row('replayed')).toMatchObject({ state: 'RECEIVED', attempts: 7 });
  });

  /** Stores events whose worker is dead and whose lease has just expired. */
  async function givenOrphans(eventIds: readonly string[], abandoned: number): Promise<void> {
    await inbox().receive(...eventIds);
    for (const eventId of eventIds)
      await inbox().update(
        `attempts = ${abandoned + 1}, abandoned = ${abandoned}, due_at_ms = NULL, lease_until_ms = ${Date.now()}`,
        eventId,
      );
  }

  async function reclaim(replica: TestReplica = inbox().replica()): Promise<string[]> {
    const { reclaimed } = await replica.orphans.reclaim(maxReclaimed, false);
    return reclaimed.map(({ eventId }) => eventId);
  }

  async function killWorkerWhilePreparing(maxAttempts: number): Promise<void> {
    const victim = inbox().replica({ maxAttempts });
    victim.failpoints.on('wk.claimed', () => victim.database.halt());
    victim.worker.start();
    await advanceWithDatabase(0);
  }
});

function longestLeaseMs(attempts: number): number {
  return leaseMs + fullJitterMs(backoff, attempts, 1);
}
