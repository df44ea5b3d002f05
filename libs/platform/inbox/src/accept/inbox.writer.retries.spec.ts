import { fullJitterMs } from '@platform/resilience';
import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { newEvent, useInbox, type TestReplica } from '../testing';

const { acceptBackoff, acceptDeadlineMs, acceptTries, acceptTryMs } = inboxPolicy;
const { connectionLost, busy, deadlock, timeout, noConnection, diskFull } = databaseFailures;

describe('inbox writer: tries of one delivery', () => {
  const inbox = useInbox();

  it.each([
    ['a deadlock', deadlock],
    ['a lost connection', connectionLost],
    ['a statement timeout', timeout],
    ['a locked SQLite file', busy],
  ])('retry: %s is retried, and the last try may succeed', async (_, failure) => {
    const replica = inbox().replica();
    replica.database.failNext(acceptTries - 1, failure);

    const { result } = await store(replica);

    expect(result).toEqual({ kind: 'accepted' });
    expect(replica.database.deadlines).toHaveLength(acceptTries);
  });

  it('retry: after acceptTries failed tries the result is WEBHOOK_UNAVAILABLE', async () => {
    const replica = inbox().replica();
    replica.database.failNext(100, deadlock);

    const { error } = await store(replica);

    expect(error).toMatchObject({ name: 'webhook-unavailable', cause: { errno: 1213 } });
    expect(replica.database.deadlines).toHaveLength(acceptTries);
  });

  it.each([
    ['no free connection', noConnection],
    ['a full disk', diskFull],
  ])('retry: %s is WEBHOOK_UNAVAILABLE at once', async (_, failure) => {
    const replica = inbox().replica();
    replica.database.failNext(1, failure);

    expect(await store(replica)).toMatchObject({ error: { name: 'webhook-unavailable' }, tookMs: 0 });
  });

  it('retry: a programming error is not retried and passes through unchanged', async () => {
    const replica = inbox().replica();
    const mistake = new TypeError('x is not a function');
    replica.database.failNext(1, () => mistake);

    expect(await store(replica)).toEqual({ error: mistake, tookMs: 0 });
  });

  it.each([0, 0.5, 0.999])('jitter: pauses are full jitter of acceptBackoff, at randomness %d', async (randomness) => {
    const replica = inbox().replica({ randomness });
    replica.database.failNext(acceptTries - 1, connectionLost);

    const { tookMs } = await store(replica);

    const pauses = [1, 2].map((failures) => fullJitterMs(acceptBackoff, failures, randomness));
    expect(tookMs).toBe(pauses.reduce((sum, pauseMs) => sum + pauseMs));
  });

  it('deadline: a try takes at most acceptTryMs, and all tries together at most acceptDeadlineMs', async () => {
    const replica = inbox().replica({ randomness: 0 });
    replica.database.failNext(100, connectionLost, 'hang');

    const { error, tookMs } = await store(replica);

    expect(error).toMatchObject({ name: 'webhook-unavailable' });
    expect(replica.database.deadlines).toEqual([acceptTryMs, acceptTryMs]);
    expect(tookMs).toBe(acceptDeadlineMs);
    expect(tookMs).toBeLessThan(1_000); // documented for senders
  });

  it('deadline: a pause that would exceed the deadline is skipped', async () => {
    const replica = inbox().replica({ randomness: 0.999 });
    replica.database.failNext(100, connectionLost, 'hang');

    const { tookMs } = await store(replica);

    expect(tookMs).toBeLessThanOrEqual(acceptDeadlineMs);
    expect(replica.database.deadlines).toHaveLength(2);
  });

  it('commit outcome unknown: an INSERT whose response was lost is recognised as this delivery', async () => {
    const replica = inbox().replica();
    replica.database.failNext(1, connectionLost, 'answer');

    const { result } = await store(replica);

    expect(result).toEqual({ kind: 'accepted' });
    expect(await inbox().rows()).toHaveLength(1);
  });

  it('commit outcome unknown: an event of another delivery is a duplicate, even after a failed try', async () => {
    await inbox().receive('evt-1');
    const replica = inbox().replica();
    const sameRequest = inbox().replica();
    replica.database.failNext(1, connectionLost);

    expect((await store(replica, 'another request')).result).toMatchObject({ kind: 'duplicate' });
    expect((await store(sameRequest)).result).toMatchObject({ kind: 'duplicate' });
  });

  it('commit outcome unknown: if another delivery was faster, the retry is a duplicate', async () => {
    const replica = inbox().replica();
    jest.spyOn(replica.inboxRepository, 'insert').mockImplementationOnce(async () => {
      await Promise.resolve();
      throw connectionLost();
    });
    replica.clock.sleep = () => inbox().receive('evt-1');

    const { result } = await store(replica, 'another request');

    expect(result).toEqual({ kind: 'duplicate', state: 'RECEIVED' });
  });
});

interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly tookMs: number;
}

/** Stores an event while a second of virtual time passes. */
async function store(replica: TestReplica, requestId?: string): Promise<Outcome> {
  const beganMs = Date.now();
  const tookMs = () => Date.now() - beganMs;
  const outcome = replica.writer.store(newEvent('evt-1', {}, requestId)).then(
    (result) => ({ result, tookMs: tookMs() }),
    (error: unknown) => ({ error, tookMs: tookMs() }),
  );
  await advanceWithDatabase(1_000);
  return outcome;
}
