/** Measures whether Redis replies in time. */
import { withDeadline } from '@platform/resilience';
import { Cluster, type Redis } from 'ioredis';
import { redisPolicy } from '../redis.policy';
import type { Connection } from './redis-connection.provider';
import { CommandTimeoutError, RedisUnavailableError } from './redis-errors';

/**
 * Returns the time until a PING gets its reply, in ms; for a cluster, until all masters reply. Returns at most
 * `commandTimeoutMs` if the reply is in time. Throws RedisUnavailableError after `probeTimeoutMs`, or
 * `commandTimeoutMs` if that is longer, and the errors of the server and the connection.
 */
export async function measureReplyMs(connection: Connection, commandTimeoutMs: number): Promise<number> {
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  const reply = pingAll(connection);
  try {
    await withDeadline(commandTimeoutMs, reply, () => new CommandTimeoutError(commandTimeoutMs));
    return Math.min(commandTimeoutMs, elapsedMs()); // the event loop may have been blocked meanwhile
  } catch (error) {
    if (!(error instanceof CommandTimeoutError)) throw error;
  }
  const probeTimeoutMs = Math.max(commandTimeoutMs, redisPolicy.probeTimeoutMs);
  await withDeadline(
    probeTimeoutMs - commandTimeoutMs,
    reply,
    () => new RedisUnavailableError(`no reply within ${probeTimeoutMs} ms`),
  );
  return elapsedMs();
}

/** Servers that accept writes: the only server, or each master of a cluster. */
export function mastersOf(connection: Connection): readonly Redis[] {
  return connection instanceof Cluster ? connection.nodes('master') : [connection];
}

async function pingAll(connection: Connection): Promise<void> {
  const masters = mastersOf(connection);
  if (masters.length === 0) throw new RedisUnavailableError('no master is known');
  await Promise.all(masters.map((server) => server.ping()));
}
