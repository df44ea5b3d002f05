/** Checks whether the memory of Redis is bounded. */
import type { Connection } from './redis-connection.provider';
import { mastersOf } from './redis-probe.provider';

/** Returns false also if the limit is unknown, for example if INFO is not permitted. */
export async function isMemoryUnbounded(connection: Connection): Promise<boolean> {
  const texts = await Promise.all(mastersOf(connection).map((server) => server.info('memory').catch(() => '')));
  return texts.some((text) => /^maxmemory:0\r?$/m.test(text));
}
