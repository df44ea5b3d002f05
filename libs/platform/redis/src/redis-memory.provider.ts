/** Whether the memory of Redis is bounded. */
import type { Connection } from './redis-connection.provider';
import { mastersOf } from './redis-probe.provider';

/** False as well if the server does not say, as when INFO is not permitted. */
export async function isMemoryUnbounded(connection: Connection): Promise<boolean> {
  const texts = await Promise.all(mastersOf(connection).map((server) => server.info('memory').catch(() => '')));
  return texts.some((text) => /^maxmemory:0\r?$/m.test(text));
}
