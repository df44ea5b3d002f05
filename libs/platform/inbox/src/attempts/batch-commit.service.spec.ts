import { fullJitterMs } from '@platform/resilience';
import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { EVENT_TYPE, recordingHandler, useInbox, type ReplicaOptions, type TestReplica } from '../testing';

const { commitBackoff, commitTries, transactionDeadlineMs, leaseMs } = inboxPolicy;
const { connectionLost, diskFull, deadlock, noConnection } = databaseFailures;

const DUPLICATE_ENTRY = () => Object.assign(new Error('Duplicate entry'), { code: 'ER_DUP_ENTRY', errno: 1062 });

describe('commit of an effect', () => {
  const inbox = useInbox();

  it.each([
    ['a deadlock', deadlock, 'commit'],
    ['a row that another transaction inserted first', DUPLICATE_ENTRY, 'commit'],
    ['no free connection', noConnection, 'begin'],
  ] as const)('retry: after %s the commit is retried without another preparation', async (_, failure, step) => {
    const { replica, prepare } = setUp();
    const failures = commitTries - 1;
    replica.database.failNext(failures, failure, step);

    const { result } = await run(replica, failures);

    expect(result).toBe('applied');
    expect(prepare).toHaveBeenCalledTimes(1);
    expect(await inbox().applied()).toEqual(['evt-1']);
  });

  it('retry: the commit fails after commitTries', async () => {
    const { replica } = setUp();
    replica.database.failNext(100, deadlock);

    const { result } = await run(replica, commitTries);

    expect(result).toMatchObject({ error: { errno: 1213 } });
    expect(replica.database.deadlines).toEqual(Array(commitTries).fill(transactionDeadlineMs));
  });

  it.each([0, 0.5, 0.999])('jitter: pauses are full jitter of commitBackoff, at randomness %d', async (randomness) => {
    const { replica } = setUp({ randomness });
    const failures = commitTries - 1;
    replica.database.failNext(failures, deadlock);

    const { tookMs } = await run(replica, failures);

    const pauses = Array.from({ length: failures }, (_, index) => fullJitterMs(commitBackoff, index + 1, randomness));
    expect(tookMs).toBe(pauses.reduce((sum, pauseMs) => sum + pauseMs));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(commitBackoff.capMs);
  });

  it.each([
    ['a lost connection, after which the outcome is unknown', connectionLost],
    ['a full disk', diskFull],
  ])('retry: %s ends the attempt', async (_, failure) => {
    const { replica } = setUp();
    replica.database.failNext(1, failure);

    const { result } = await run(replica, 1);

    expect(result).toMatchObject({ error: failure() });
    expect(replica.database.deadlines).toHaveLength(1);
  });

  it('lease: an event whose commit is being retried stays with its worker', async () => {
    const { replica } = setUp({ randomness: 0.999 });
    jest.spyOn(replica.work, 'lock').mockImplementation(() => Promise.reject(deadlock()));
    await inbox().receive('evt-1');
    replica.worker.start();
    await advanceWithDatabase(0);
    inbox().workingReplica();

    await advanceWithDatabase(2 * leaseMs);

    expect(await inbox().row('evt-1')).toMatchObject({ state: 'RECEIVED', attempts: 1, abandoned: 0 });
  });

  /** Sets up a replica whose handler counts its preparations. */
  function setUp(options: ReplicaOptions = {}) {
    const prepare = jest.fn(recordingHandler());
    const replica = inbox().replica({ ...options, handlers: { [EVENT_TYPE]: prepare } });
    return { replica, prepare };
  }

  /** Prepares and commits a new event while virtual time passes. */
  async function run(replica: TestReplica, failures: number) {
    await inbox().receive('evt-1');
    const { ready } = await replica.attempts.prepare([await inbox().replica().claimOne()]);
    const beganMs = Date.now();
    const running = replica.batches.commit(ready).then(([result]) => ({ result, tookMs: Date.now() - beganMs }));
    await advanceWithDatabase(failures * commitBackoff.capMs);
    return running;
  }
});
