import type { Connection } from './client/redis-connection.provider';

/** A Lua script that runs atomically. In a cluster, all its keys must be in one slot. */
export interface RedisScript {
  readonly lua: string;
  readonly numberOfKeys: number;
}

type Run = (...args: (string | number)[]) => Promise<unknown>;

/** Names under which scripts are defined on connections. */
const names = new Map<RedisScript, string>();

/** Runs a script by its hash (EVALSHA), and sends its text only if the server does not have it yet. */
export function runDefined(
  connection: Connection,
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const name = nameOf(script);
  const commands = connection as unknown as Record<string, Run | undefined>;
  if (commands[name] === undefined) connection.defineCommand(name, script);
  const run = commands[name];
  if (run === undefined) throw new Error('the script was not defined');
  return run.apply(connection, [...keys, ...args]);
}

function nameOf(script: RedisScript): string {
  const existing = names.get(script);
  if (existing !== undefined) return existing;
  const name = `script${names.size}`;
  names.set(script, name);
  return name;
}
