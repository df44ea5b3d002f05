/**
 * Redis in each topology that REDIS_URL supports, with real servers on this machine: standalone, Sentinel and Cluster,
 * with and without TLS. All require a password and are configured for fast failure detection.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually';
import { certificateFor } from './certificate';
import { startPrivateRedis, type PrivateRedis } from './private-redis';
import {
  addSlots,
  countSubscriptions,
  execute,
  formCluster,
  freeClusterPort,
  idOf,
  PASSWORD,
  restartLost,
  slotRangesOf,
  untilComplete,
  untilInfo,
  withPassword,
  SLOTS,
  type SlotRange,
} from './redis-administration';
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

const LOGIN = `default:${encodeURIComponent(PASSWORD)}@`;
const FAILURE_DETECTION_MS = '600';
const REPLICATED = ['--masterauth', PASSWORD, '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];

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
