/**
 * Redis in each topology that REDIS_URL supports, with real servers on this machine: standalone, Sentinel and Cluster,
 * with and without TLS. All require a password and are configured for fast failure detection.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../eventually';
import { certificateFor } from './certificate';
import { startPrivateRedis, type PrivateRedis } from './private-redis';
import { freePort } from './servers';

export interface Topology {
  /** Configuration of a service that uses this Redis. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** A topology in which a replica replaces a failed master. */
export interface FailoverTopology extends Topology {
  /** Returns the master of the key, or another master if that one has no replica. */
  readonly masterOf: (key: string) => Promise<PrivateRedis>;
  readonly untilReplaced: (master: PrivateRedis) => Promise<void>;
  /** Counts the subscribers on the servers that currently receive messages. */
  readonly countSubscriptions: (channel: string) => Promise<number>;
  /** Disconnects subscribers from other servers until one resubscribes at this server. */
  readonly moveSubscriptions: (channel: string, server: PrivateRedis) => Promise<void>;
  /** Restarts all failed servers and waits until the topology is complete. */
  readonly restore: () => Promise<void>;
}

export interface SentinelTopology extends FailoverTopology {
  readonly sentinels: readonly PrivateRedis[];
}

export interface ClusterTopology extends FailoverTopology {
  readonly servers: readonly PrivateRedis[];
  /** Starts resharding: moves the key to another master, which does not yet own its slot. */
  readonly beginMove: (key: string) => Promise<Move>;
}

interface Move {
  readonly to: PrivateRedis;
  readonly finish: () => Promise<void>;
  readonly abort: () => Promise<void>;
}

/** Servers and a directory that are removed with the topology. */
interface Resources {
  readonly directory: string;
  readonly launch: typeof startPrivateRedis;
}

const PASSWORD = 'sec/ret@x';
const LOGIN = `default:${encodeURIComponent(PASSWORD)}@`;
const FAILURE_DETECTION_MS = '600';
const REPLICATED = ['--masterauth', PASSWORD, '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
const SLOTS = 16_384;

/** Starts one server. `environmentFor` takes a login as in a URL, with its `@`. */
export const startOne = () =>
  start(async ({ launch }) => {
    const { port } = await withPassword(launch());
    const environmentFor = (login: string) => ({ REDIS_URL: `redis://${login}127.0.0.1:${port}/3` });
    return { environment: environmentFor(LOGIN), environmentFor };
  });

export const startSecureOne = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = createCertificate(directory, 'localhost');
    const port = await freePort();
    await withPassword(launch([...options, '--tls-port', String(port)]));
    return { environment: { REDIS_URL: `rediss://${LOGIN}localhost:${port}`, REDIS_SSL_CA: authority } };
  });

export const startSecureSentinel = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = createCertificate(directory, '127.0.0.1');
    const [port, sentinelPort] = [await freePort(), await freePort()];
    await withPassword(launch([...options, '--tls-port', String(port)]));
    const asSentinel = ['--tls-port', String(sentinelPort), '--tls-replication', 'yes', '--sentinel'];
    await launch([...options, ...asSentinel], undefined, sentinelConfiguration(port, 1));
    const url = `rediss+sentinel://${LOGIN}127.0.0.1:${sentinelPort}/main`;
    return { environment: { REDIS_URL: url, REDIS_SSL_CA: authority } };
  });

/** Starts a cluster of one server that announces itself by host name. */
export const startSecureCluster = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = createCertificate(directory, 'localhost');
    const port = await freeClusterPort();
    const clustered = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-announce-ip', 'localhost'];
    const server = await withPassword(launch([...options, '--tls-port', String(port), ...clustered]));
    await addSlots(server, 0, SLOTS);
    await untilInfo(server, 'CLUSTER', 'cluster_state:ok');
    return { environment: { REDIS_URL: `rediss+cluster://${LOGIN}localhost:${port}`, REDIS_SSL_CA: authority } };
  });

/** Starts a master with two replicas, and three sentinels with a quorum of two. */
export const startSentinels = () =>
  start(async ({ launch }): Promise<Omit<SentinelTopology, 'stop'>> => {
    const first = await withPassword(launch(REPLICATED));
    const replica = [...REPLICATED, '--replicaof', '127.0.0.1', String(first.port)];
    const servers = [first, await withPassword(launch(replica)), await withPassword(launch(replica))];
    for (const each of servers.slice(1)) await untilInfo(each, 'REPLICATION', 'master_link_status:up');
    const sentinels: PrivateRedis[] = [];
    for (let i = 0; i < 3; i++) {
      const sentinel = await launch(['--sentinel'], undefined, sentinelConfiguration(first.port, 2));
      sentinels.push(sentinel);
    }
    for (const each of sentinels) await untilInfo(each, 'SENTINEL', 'slaves=2,sentinels=3');

    const portNamedBy = async (sentinel: PrivateRedis) =>
      Number(((await execute(sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'], '')) as string[])[1]);
    const findMaster = async () => {
      const port = await portNamedBy(sentinels.at(-1)!);
      return servers.find((server) => server.port === port)!;
    };
    const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`);
    return {
      environment: { REDIS_URL: `redis+sentinel://${LOGIN}${addresses.join(',')}/main/3` },
      sentinels,
      masterOf: findMaster,
      untilReplaced: async (master) => {
        const ports = () => Promise.all(sentinels.map(portNamedBy));
        await eventually(ports, (named) => !named.includes(master.port));
      },
      countSubscriptions: async (channel) => countSubscriptions(channel, [await findMaster()]),
      moveSubscriptions: () => Promise.resolve(), // all subscriptions are at the master
      restore: async () => {
        await restartLost(sentinels);
        const master = await findMaster();
        const lost = await restartLost(servers);
        for (const each of lost) {
          await withPassword(each);
          if (each !== master) await execute(each, ['REPLICAOF', '127.0.0.1', String(master.port)]);
        }
      },
    };
  });

/** Starts three masters, each with a replica. */
export const startCluster = () =>
  start(async ({ launch }): Promise<Omit<ClusterTopology, 'stop'>> => {
    const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', FAILURE_DETECTION_MS];
    const options = [...REPLICATED, ...clustered, '--cluster-announce-ip', '127.0.0.1'];
    const servers: PrivateRedis[] = [];
    for (let i = 0; i < 6; i++) servers.push(await withPassword(launch(options, await freeClusterPort())));
    await formCluster(servers);

    const lost = new Set<PrivateRedis>();
    const reachable = () => servers.filter((server) => !lost.has(server));
    const at = (port: number) => servers.find((server) => server.port === port)!;
    const slotOf = async (key: string) => Number(await execute(reachable()[0]!, ['CLUSTER', 'KEYSLOT', key]));
    const has = (slot: number) => (range: SlotRange) => range.from <= slot && slot <= range.to;
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    return {
      environment: { REDIS_URL: `redis+cluster://${LOGIN}${addresses.join(',')}` },
      servers,
      masterOf: async (key) => {
        const slot = await slotOf(key);
        const replaceable = (await slotRangesOf(reachable()[0]!)).filter(({ ports }) => ports.length > 1);
        return at((replaceable.find(has(slot)) ?? replaceable[0]!).ports[0]!);
      },
      untilReplaced: async (master) => {
        lost.add(master);
        const masters = async () =>
          (await Promise.all(reachable().map(slotRangesOf))).flat().map(({ ports }) => ports[0]);
        await eventually(masters, (ports) => !ports.includes(master.port));
      },
      countSubscriptions: (channel) => countSubscriptions(channel, reachable()),
      moveSubscriptions: async (channel, server) => {
        const draw = async () => {
          for (const each of reachable())
            if (each !== server) await execute(each, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
          return countSubscriptions(channel, [server]);
        };
        await eventually(draw, (count) => count > 0);
      },
      restore: async () => {
        for (const each of await restartLost(servers)) await withPassword(each);
        lost.clear();
        await untilComplete(servers);
      },
      beginMove: async (key) => {
        const slot = await slotOf(key);
        const ranges = await slotRangesOf(reachable()[0]!);
        const from = at(ranges.find(has(slot))!.ports[0]!);
        const to = at(ranges.find(({ ports: [master] }) => master !== from.port)!.ports[0]!);
        const [fromId, toId] = [await idOf(from), await idOf(to)];
        const set = (server: PrivateRedis, ...state: string[]) =>
          execute(server, ['CLUSTER', 'SETSLOT', String(slot), ...state]);
        await set(to, 'IMPORTING', fromId);
        await set(from, 'MIGRATING', toId);
        await execute(from, ['MIGRATE', '127.0.0.1', String(to.port), key, '0', '1000', 'AUTH', PASSWORD]);
        return {
          to,
          finish: async () => {
            for (const each of [to, from]) await set(each, 'NODE', toId);
          },
          abort: async () => {
            await set(from, 'STABLE');
          },
        };
      },
    };
  });

function sentinelConfiguration(port: number, quorum: number): string {
  return `
    sentinel monitor main 127.0.0.1 ${port} ${quorum}
    sentinel auth-pass main ${PASSWORD}
    sentinel down-after-milliseconds main ${FAILURE_DETECTION_MS}
    sentinel failover-timeout main 2000`;
}

async function formCluster(servers: readonly PrivateRedis[]): Promise<void> {
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

async function untilComplete(servers: readonly PrivateRedis[]): Promise<void> {
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
interface SlotRange {
  readonly from: number;
  readonly to: number;
  /** Port of the master, then those of its replicas. */
  readonly ports: readonly number[];
}

async function slotRangesOf(server: PrivateRedis): Promise<SlotRange[]> {
  const ranges = (await execute(server, ['CLUSTER', 'SLOTS'])) as [number, number, ...[string, number][]][];
  return ranges.map(([from, to, ...nodes]) => ({ from, to, ports: nodes.map(([, port]) => port) }));
}

async function addSlots(server: PrivateRedis, from: number, to: number): Promise<void> {
  await execute(server, ['CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, at) => String(from + at))]);
}

async function idOf(server: PrivateRedis): Promise<string> {
  return String(await execute(server, ['CLUSTER', 'MYID']));
}

/** Closes the client connections of a server, except those of other Redis servers. */
export async function cutConnections(server: PrivateRedis): Promise<void> {
  for (const type of ['pubsub', 'normal']) await execute(server, ['CLIENT', 'KILL', 'TYPE', type]);
}

async function countSubscriptions(channel: string, servers: readonly PrivateRedis[]): Promise<number> {
  const count = async (server: PrivateRedis) =>
    ((await execute(server, ['PUBSUB', 'NUMSUB', channel])) as [string, number])[1];
  const counts = await Promise.all(servers.map(count));
  return counts.reduce((sum, each) => sum + each, 0);
}

async function untilInfo(server: PrivateRedis, section: 'CLUSTER' | 'REPLICATION' | 'SENTINEL', text: string) {
  const command = section === 'CLUSTER' ? ['CLUSTER', 'INFO'] : ['INFO', section];
  const info = async () => String(await execute(server, command, section === 'SENTINEL' ? '' : PASSWORD));
  await eventually(info, (reply) => reply.includes(text));
}

/** Resumes paused servers and restarts the others that do not run; returns the restarted ones. */
async function restartLost(servers: readonly PrivateRedis[]): Promise<PrivateRedis[]> {
  for (const each of servers) each.resume();
  const ended = servers.filter((server) => !server.isRunning());
  for (const each of ended) await each.restart();
  return ended;
}

/** Sets the password after the start, because the availability probe sends none. */
async function withPassword(launched: PrivateRedis | Promise<PrivateRedis>): Promise<PrivateRedis> {
  const server = await launched;
  await execute(server, ['CONFIG', 'SET', 'requirepass', PASSWORD], '');
  return server;
}

/** Returns a free port whose cluster bus port, 10,000 above it, is valid. */
async function freeClusterPort(): Promise<number> {
  const port = await freePort();
  return port + 10_000 <= 65_535 ? port : freeClusterPort();
}

/** Creates a certificate for the host name. Returns the TLS options of the server and the CA for clients. */
function createCertificate(
  directory: string,
  name: string,
): { readonly options: string[]; readonly authority: string } {
  const { certificate, privateKey } = certificateFor(name);
  const [certificateFile, keyFile] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, privateKey);
  const files = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certificateFile];
  return { options: [...files, '--tls-auth-clients', 'no'], authority: certificate };
}

async function execute(server: PrivateRedis, command: readonly string[], password = PASSWORD): Promise<unknown> {
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

/** Builds a topology. Removes all its servers if one fails to start. */
async function start<T extends object>(
  build: (workshop: Resources) => Promise<T>,
): Promise<T & Pick<Topology, 'stop'>> {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const servers: PrivateRedis[] = [];
  const launch: Resources['launch'] = async (...args) => {
    const server = await startPrivateRedis(...args);
    servers.push(server);
    return server;
  };
  const stop = async () => {
    await Promise.all(servers.map((server) => server.remove()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    return { ...(await build({ directory, launch })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
