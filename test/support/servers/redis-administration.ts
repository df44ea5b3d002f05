/** Commands of an operator to real Redis servers, whose password is always the same. */
import { Redis } from 'ioredis';
import { eventually } from '../eventually';
import type { PrivateRedis } from './private-redis';
import { freePort } from './servers';

export const PASSWORD = 'sec/ret@x';
export const SLOTS = 16_384;

export async function formCluster(servers: readonly PrivateRedis[]): Promise<void> {
  const [masters, replicas] = [servers.slice(0, 3), servers.slice(3)];
  for (const [at, server] of servers.entries()) await execute(server, ['CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1)]);
  for (const [at, master] of masters.entries())
    await addSlots(master, Math.ceil((at * SLOTS) / 3), Math.ceil(((at + 1) * SLOTS) / 3));
  for (const { port } of servers.slice(1)) await execute(servers[0]!, ['CLUSTER', 'MEET', '127.0.0.1', String(port)]);
  for (const [at, replica] of replicas.entries()) {
    const id = await idOf(masters[at]!);
    const replicate = () => execute(replica, ['CLUSTER', 'REPLICATE', id]).catch(String); // fails until gossip arrives
    await eventually(replicate, (answer) => answer === 'OK');
  }
  await untilComplete(servers);
}

export async function untilComplete(servers: readonly PrivateRedis[]): Promise<void> {
  for (const each of servers) {
    await eventually(
      () => slotRangesOf(each),
      (ranges) =>
        new Set(ranges.map(({ ports }) => ports[0])).size === 3 && ranges.every(({ ports }) => ports.length === 2),
    );
    await untilInfo(each, 'CLUSTER', 'cluster_state:ok');
  }
}

/** Slot range of one master. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  /** Port of the master, then those of its replicas. */
  readonly ports: readonly number[];
}

export async function slotRangesOf(server: PrivateRedis): Promise<SlotRange[]> {
  const ranges = (await execute(server, ['CLUSTER', 'SLOTS'])) as [number, number, ...[string, number][]][];
  return ranges.map(([from, to, ...nodes]) => ({ from, to, ports: nodes.map(([, port]) => port) }));
}

export async function addSlots(server: PrivateRedis, from: number, to: number): Promise<void> {
  await execute(server, ['CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, at) => String(from + at))]);
}

export async function idOf(server: PrivateRedis): Promise<string> {
  return String(await execute(server, ['CLUSTER', 'MYID']));
}

/** Closes the client connections of a server, except those of other Redis servers. */
export async function cutConnections(server: PrivateRedis): Promise<void> {
  for (const type of ['pubsub', 'normal']) await execute(server, ['CLIENT', 'KILL', 'TYPE', type]);
}

export async function countSubscriptions(channel: string, servers: readonly PrivateRedis[]): Promise<number> {
  const count = async (server: PrivateRedis) =>
    ((await execute(server, ['PUBSUB', 'NUMSUB', channel])) as [string, number])[1];
  const counts = await Promise.all(servers.map(count));
  return counts.reduce((sum, each) => sum + each, 0);
}

export async function untilInfo(server: PrivateRedis, section: 'CLUSTER' | 'REPLICATION' | 'SENTINEL', text: string) {
  const command = section === 'CLUSTER' ? ['CLUSTER', 'INFO'] : ['INFO', section];
  const info = async () => String(await execute(server, command, section === 'SENTINEL' ? '' : PASSWORD));
  await eventually(info, (reply) => reply.includes(text));
}

/** Resumes paused servers and restarts the others that do not run; returns the restarted ones. */
export async function restartLost(servers: readonly PrivateRedis[]): Promise<PrivateRedis[]> {
  for (const each of servers) each.resume();
  const ended = servers.filter((server) => !server.isRunning());
  for (const each of ended) await each.restart();
  return ended;
}

/** Sets the password after the start, because the availability probe sends none. */
export async function withPassword(launched: PrivateRedis | Promise<PrivateRedis>): Promise<PrivateRedis> {
  const server = await launched;
  await execute(server, ['CONFIG', 'SET', 'requirepass', PASSWORD], '');
  return server;
}

/** Returns a free port whose cluster bus port, 10,000 above it, is valid. */
export async function freeClusterPort(): Promise<number> {
  const port = await freePort();
  return port + 10_000 <= 65_535 ? port : freeClusterPort();
}

export async function execute(server: PrivateRedis, command: readonly string[], password = PASSWORD): Promise<unknown> {
  const [name = '', ...args] = command;
  const connection = new Redis(server.url, {
    password,
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: 10_000,
  });
  connection.on('error', () => undefined); // the command rejects with the same error
  try {
    await connection.connect();
    return await connection.call(name, ...args);
  } finally {
    connection.disconnect();
  }
}
