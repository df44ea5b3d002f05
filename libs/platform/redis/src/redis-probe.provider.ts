/** Measures whether Redis answers in time. */
import { withTimeout } from '@platform/resilience';
import { Cluster, type Redis } from 'ioredis';
import type { Connection } from './redis-connection.provider';
import { CommandTimeoutError, RedisUnavailableError } from './redis-errors';
import { redisPolicy } from './redis.policy';

/**
 * Milliseconds until a PING was answered, by each master of a cluster; at most the limit if the answer came in time. Throws
 * RedisUnavailableError if there is none within the policy's time, and what the server or the connection fails with.
 */
export async function measureAnswerMs(connection: Connection, limitMs: number): Promise<number> {
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  const answer = pingAll(connection);
  try {
    await withTimeout(limitMs, answer, () => new CommandTimeoutError(limitMs));
    return Math.min(limitMs, elapsedMs()); // this process may have stood still meanwhile
  } catch (error) {
    if (!(error instanceof CommandTimeoutError)) throw error;
  }
  const longestMs = Math.max(limitMs, redisPolicy.probeTimeoutMs);
  await withTimeout(longestMs - limitMs, answer, () => new RedisUnavailableError(`no answer within ${longestMs} ms`));
  return elapsedMs();
}

/** Servers that take writes: the one there is, or each master of a cluster. */
export function mastersOf(connection: Connection): readonly Redis[] {
  return connection instanceof Cluster ? connection.nodes('master') : [connection];
}

async function pingAll(connection: Connection): Promise<void> {
  const masters = mastersOf(connection);
  if (masters.length === 0) throw new RedisUnavailableError('no server is known');
  await Promise.all(masters.map((server) => server.ping()));
}
