/**
 * Redis in each form that REDIS_URL can name, made of real servers on this machine: one, one that sentinels name, a
 * cluster; plain and through TLS. All want a password. What is lost among them they notice as soon as they can.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { certificateFor } from './certificate';
import { eventually } from './eventually';
import { startPrivateRedis, type PrivateRedis } from './private-redis';
import { freePort } from './servers';

export interface Topology {
  /** What the service is told of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** One in which another server takes over from a master that is lost. */
export interface FailsafeTopology extends Topology {
  /** The master of the key, or another master if that one has no replica. */
  readonly masterOf: (key: string) => Promise<PrivateRedis>;
  readonly untilReplaced: (master: PrivateRedis) => Promise<void>;
  /** Subscribers on the servers that receive messages now. */
  readonly countSubscriptions: (channel: string) => Promise<number>;
  /** Makes clients resubscribe until one is subscribed at this server. */
  readonly drawSubscriptions: (channel: string, server: PrivateRedis) => Promise<void>;
  /** All that were lost are there again. */
  readonly restore: () => Promise<void>;
}

export interface SentinelTopology extends FailsafeTopology {
  readonly sentinels: readonly PrivateRedis[];
}

export interface ClusterTopology extends FailsafeTopology {
  readonly servers: readonly PrivateRedis[];
  /** Begins to move the slot of a key to another master; it is there already, the slot is not. */
  readonly beginMove: (key: string) => Promise<Move>;
}

interface Move {
  readonly to: PrivateRedis;
  readonly finish: () => Promise<void>;
  readonly giveUp: () => Promise<void>;
}

/** Servers and directories that end with the topology. */
interface Workshop {
  readonly directory: string;
  readonly launch: typeof startPrivateRedis;
}

const PASSWORD = 'sec/ret@x';
const LOGIN = `default:${encodeURIComponent(PASSWORD)}@`;
const LOSS_NOTICED_MS = '600';
const REPLICATED = ['--masterauth', PASSWORD, '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
const SLOTS = 16_384;

/** One server; `login` as it is in the URL, with its @. */
export const startOne = () =>
  start(async ({ launch }) => {
    const { port } = await guarded(launch());
    const environmentFor = (login: string) => ({ REDIS_URL: `redis://${login}127.0.0.1:${port}/3` });
    return { environment: environmentFor(LOGIN), environmentFor };
  });

export const startSecureOne = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = certify(directory, 'localhost');
    const port = await freePort();
    await guarded(launch([...options, '--tls-port', String(port)]));
    return { environment: { REDIS_URL: `rediss://${LOGIN}localhost:${port}`, REDIS_SSL_CA: authority } };
  });

export const startSecureSentinel = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = certify(directory, '127.0.0.1');
    const [port, sentinelPort] = [await freePort(), await freePort()];
    await guarded(launch([...options, '--tls-port', String(port)]));
    const asSentinel = ['--tls-port', String(sentinelPort), '--tls-replication', 'yes', '--sentinel'];
    await launch([...options, ...asSentinel], undefined, sentinelConfiguration(port, 1));
    const url = `rediss+sentinel://${LOGIN}127.0.0.1:${sentinelPort}/main`;
    return { environment: { REDIS_URL: url, REDIS_SSL_CA: authority } };
  });

/** A cluster of one server, which calls itself by its name. */
export const startSecureCluster = () =>
  start(async ({ launch, directory }) => {
    const { options, authority } = certify(directory, 'localhost');
    const port = await freeClusterPort();
    const clustered = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-announce-ip', 'localhost'];
    const server = await guarded(launch([...options, '--tls-port', String(port), ...clustered]));
    await addSlots(server, 0, SLOTS);
    await untilInfo(server, 'CLUSTER', 'cluster_state:ok');
    return { environment: { REDIS_URL: `rediss+cluster://${LOGIN}localhost:${port}`, REDIS_SSL_CA: authority } };
  });

/** A master with two replicas, and three sentinels, of which two have to agree. */
export const startSentinels = () =>
  start(async ({ launch }): Promise<Omit<SentinelTopology, 'stop'>> => {
    const first = await guarded(launch(REPLICATED));
    const replica = [...REPLICATED, '--replicaof', '127.0.0.1', String(first.port)];
    const servers = [first, await guarded(launch(replica)), await guarded(launch(replica))];
    for (const each of servers.slice(1)) await untilInfo(each, 'REPLICATION', 'master_link_status:up');
    const sentinels: PrivateRedis[] = [];
    for (let i = 0; i < 3; i++) {
      const sentinel = await launch(['--sentinel'], undefined, sentinelConfiguration(first.port, 2));
      sentinels.push(sentinel);
    }
    for (const each of sentinels) await untilInfo(each, 'SENTINEL', 'slaves=2,sentinels=3');

    const portNamedBy = async (sentinel: PrivateRedis) =>
      Number(((await ask(sentinel, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'], '')) as string[])[1]);
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
      drawSubscriptions: () => Promise.resolve(), // all are at the master
      restore: async () => {
        await revive(sentinels);
        const master = await findMaster();
        const lost = await revive(servers);
        for (const each of lost) {
          await guarded(each);
          if (each !== master) await ask(each, ['REPLICAOF', '127.0.0.1', String(master.port)]);
        }
      },
    };
  });

/** Three masters, each with a replica. */
export const startCluster = () =>
  start(async ({ launch }): Promise<Omit<ClusterTopology, 'stop'>> => {
    const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', LOSS_NOTICED_MS];
    const options = [...REPLICATED, ...clustered, '--cluster-announce-ip', '127.0.0.1'];
    const servers: PrivateRedis[] = [];
    for (let i = 0; i < 6; i++) servers.push(await guarded(launch(options, await freeClusterPort())));
    await formCluster(servers);

    const lost = new Set<PrivateRedis>();
    const left = () => servers.filter((server) => !lost.has(server));
    const at = (port: number) => servers.find((server) => server.port === port)!;
    const slotOf = async (key: string) => Number(await ask(left()[0]!, ['CLUSTER', 'KEYSLOT', key]));
    const has = (slot: number) => (range: SlotRange) => range.from <= slot && slot <= range.to;
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    return {
      environment: { REDIS_URL: `redis+cluster://${LOGIN}${addresses.join(',')}` },
      servers,
      masterOf: async (key) => {
        const slot = await slotOf(key);
        const replaceable = (await slotsSeenBy(left()[0]!)).filter(({ ports }) => ports.length > 1);
        return at((replaceable.find(has(slot)) ?? replaceable[0]!).ports[0]!);
      },
      untilReplaced: async (master) => {
        lost.add(master);
        const masters = async () => (await Promise.all(left().map(slotsSeenBy))).flat().map(({ ports }) => ports[0]);
        await eventually(masters, (ports) => !ports.includes(master.port));
      },
      countSubscriptions: (channel) => countSubscriptions(channel, left()),
      drawSubscriptions: async (channel, server) => {
        const draw = async () => {
          for (const each of left()) if (each !== server) await ask(each, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
          return countSubscriptions(channel, [server]);
        };
        await eventually(draw, (count) => count > 0);
      },
      restore: async () => {
        for (const each of await revive(servers)) await guarded(each);
        lost.clear();
        await untilWhole(servers);
      },
      beginMove: async (key) => {
        const slot = await slotOf(key);
        const ranges = await slotsSeenBy(left()[0]!);
        const from = at(ranges.find(has(slot))!.ports[0]!);
        const to = at(ranges.find(({ ports: [master] }) => master !== from.port)!.ports[0]!);
        const [fromId, toId] = [await idOf(from), await idOf(to)];
        const set = (server: PrivateRedis, ...state: string[]) =>
          ask(server, ['CLUSTER', 'SETSLOT', String(slot), ...state]);
        await set(to, 'IMPORTING', fromId);
        await set(from, 'MIGRATING', toId);
        await ask(from, ['MIGRATE', '127.0.0.1', String(to.port), key, '0', '1000', 'AUTH', PASSWORD]);
        return {
          to,
          finish: async () => {
            for (const each of [to, from]) await set(each, 'NODE', toId);
          },
          giveUp: async () => {
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
    sentinel down-after-milliseconds main ${LOSS_NOTICED_MS}
    sentinel failover-timeout main 2000`;
}

async function formCluster(servers: readonly PrivateRedis[]): Promise<void> {
  const [masters, replicas] = [servers.slice(0, 3), servers.slice(3)];
  for (const [at, server] of servers.entries()) await ask(server, ['CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1)]);
  for (const [at, master] of masters.entries())
    await addSlots(master, Math.ceil((at * SLOTS) / 3), Math.ceil(((at + 1) * SLOTS) / 3));
  for (const { port } of servers.slice(1)) await ask(servers[0]!, ['CLUSTER', 'MEET', '127.0.0.1', String(port)]);
  for (const [at, replica] of replicas.entries()) {
    const id = await idOf(masters[at]!);
    const replicate = () => ask(replica, ['CLUSTER', 'REPLICATE', id]).catch(String); // until it has heard of the master
    await eventually(replicate, (answer) => answer === 'OK');
  }
  await untilWhole(servers);
}

async function untilWhole(servers: readonly PrivateRedis[]): Promise<void> {
  for (const each of servers) {
    await eventually(
      () => slotsSeenBy(each),
      (ranges) =>
        new Set(ranges.map(({ ports }) => ports[0])).size === 3 && ranges.every(({ ports }) => ports.length === 2),
    );
    await untilInfo(each, 'CLUSTER', 'cluster_state:ok');
  }
}

/** Of one master. */
interface SlotRange {
  readonly from: number;
  readonly to: number;
  /** Its own first, then those of its replicas. */
  readonly ports: readonly number[];
}

async function slotsSeenBy(server: PrivateRedis): Promise<SlotRange[]> {
  const ranges = (await ask(server, ['CLUSTER', 'SLOTS'])) as [number, number, ...[string, number][]][];
  return ranges.map(([from, to, ...nodes]) => ({ from, to, ports: nodes.map(([, port]) => port) }));
}

async function addSlots(server: PrivateRedis, from: number, to: number): Promise<void> {
  await ask(server, ['CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, at) => String(from + at))]);
}

async function idOf(server: PrivateRedis): Promise<string> {
  return String(await ask(server, ['CLUSTER', 'MYID']));
}

/** Ends the connections of all clients to a server, except of other servers. */
export async function cutConnections(server: PrivateRedis): Promise<void> {
  for (const type of ['pubsub', 'normal']) await ask(server, ['CLIENT', 'KILL', 'TYPE', type]);
}

async function countSubscriptions(channel: string, servers: readonly PrivateRedis[]): Promise<number> {
  const count = async (server: PrivateRedis) =>
    ((await ask(server, ['PUBSUB', 'NUMSUB', channel])) as [string, number])[1];
  const counts = await Promise.all(servers.map(count));
  return counts.reduce((sum, each) => sum + each, 0);
}

async function untilInfo(server: PrivateRedis, section: 'CLUSTER' | 'REPLICATION' | 'SENTINEL', text: string) {
  const command = section === 'CLUSTER' ? ['CLUSTER', 'INFO'] : ['INFO', section];
  const info = async () => String(await ask(server, command, section === 'SENTINEL' ? '' : PASSWORD));
  await eventually(info, (found) => found.includes(text));
}

/** Resumes paused servers and restarts ended ones; returns the restarted ones. */
async function revive(servers: readonly PrivateRedis[]): Promise<PrivateRedis[]> {
  for (const each of servers) each.resume();
  const ended = servers.filter((server) => !server.isRunning());
  for (const each of ended) await each.restart();
  return ended;
}

/** The password is set last, so that whether a server is there can be asked without one. */
async function guarded(launched: PrivateRedis | Promise<PrivateRedis>): Promise<PrivateRedis> {
  const server = await launched;
  await ask(server, ['CONFIG', 'SET', 'requirepass', PASSWORD], '');
  return server;
}

/** Servers of a cluster talk to each other on a port that is 10,000 above. */
async function freeClusterPort(): Promise<number> {
  const port = await freePort();
  return port + 10_000 <= 65_535 ? port : freeClusterPort();
}

/** What a server needs to be reached by that name through TLS. */
function certify(directory: string, name: string): { readonly options: string[]; readonly authority: string } {
  const { certificate, privateKey } = certificateFor(name);
  const [certificateFile, keyFile] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  writeFileSync(certificateFile, certificate);
  writeFileSync(keyFile, privateKey);
  const files = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', certificateFile];
  return { options: [...files, '--tls-auth-clients', 'no'], authority: certificate };
}

async function ask(server: PrivateRedis, command: readonly string[], password = PASSWORD): Promise<unknown> {
  const [name = '', ...args] = command;
  const connection = new Redis(server.url, {
    password,
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: 10_000,
  });
  connection.on('error', () => undefined); // the command fails with it
  try {
    await connection.connect();
    return await connection.call(name, ...args);
  } finally {
    connection.disconnect();
  }
}

/** Leaves no server behind, also where the next one fails to start. */
async function start<T extends object>(build: (workshop: Workshop) => Promise<T>): Promise<T & Pick<Topology, 'stop'>> {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const servers: PrivateRedis[] = [];
  const launch: Workshop['launch'] = async (...args) => {
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
