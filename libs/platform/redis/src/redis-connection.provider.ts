/** Opens connections to the Redis that the configuration names: one server, behind sentinels, or a cluster. */
import type { RedisConfig } from '@platform/config';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { redisPolicy } from './redis.policy';

export type Connection = Redis | Cluster;

export type OpenConnection = (config: RedisConfig) => Connection;

export const OPEN_CONNECTION = Symbol('opens a connection to Redis');

/**
 * A command is given up with its connection: it may have been carried out, so it is never sent twice. Subscriptions are
 * made anew by who made them, because ioredis drops the failure of its own attempt, which would end the process.
 */
const ONE_TRY = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableOfflineQueue: false,
} as const;

export function openConnection(config: RedisConfig): Connection {
  const options = { ...toOptions(config), ...ONE_TRY };
  const [first] = config.servers;
  if (config.kind === 'cluster') return openCluster([...config.servers], toClusterOptions(options));
  if (config.kind === 'sentinel') return new Redis({ ...options, ...toSentinelOptions(config) });
  return new Redis({ ...options, ...first });
}

/** ioredis drops the failure of its own ASKING, which would end the process; the command after it fails as well. */
function openCluster(servers: { host: string; port: number }[], options: ClusterOptions): Cluster {
  return new Cluster(servers, options).on('+node', (node: Redis) => {
    const asking = node.asking.bind(node);
    node.asking = () => {
      const answer = asking();
      answer.catch(() => undefined);
      return answer;
    };
  });
}

function toOptions({ username, password, database, isTls, sslCa, family }: RedisConfig): RedisOptions {
  return {
    connectionName: 'farmlokal',
    connectTimeout: redisPolicy.connectTimeoutMs,
    disconnectTimeout: redisPolicy.disconnectTimeoutMs,
    retryStrategy: reconnectDelayMs,
    reconnectOnError: demotedMasterRule(),
    db: database,
    family,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: toTls(sslCa) }),
  };
}

function toSentinelOptions({ servers, masterName, isTls, sslCa }: RedisConfig): RedisOptions {
  return {
    sentinels: [...servers],
    name: masterName,
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelCommandTimeout: redisPolicy.connectTimeoutMs, // the next one is asked where one says nothing
    ...(isTls && { sentinelTLS: toTls(sslCa), enableTLSForSentinelMode: true }),
  };
}

function toClusterOptions({ enableOfflineQueue, ...redisOptions }: RedisOptions & typeof ONE_TRY): ClusterOptions {
  return {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: reconnectDelayMs,
    maxRedirections: 2, // one after a slot has moved; more would outlast the command
    slotsRefreshTimeout: redisPolicy.connectTimeoutMs,
    ...(redisOptions.tls && { dnsLookup: keepName }),
    slotsRefreshInterval: 5_000, // ms until a replica that took over is found, where no command fails on the way
  };
}

/** Certificates name hosts; ioredis would put their addresses in place of the names. */
function keepName(host: string, done: (error: null, address: string) => void): void {
  done(null, host);
}

function toTls(sslCa: string | undefined) {
  return sslCa === undefined ? {} : { ca: sslCa };
}

/** With jitter, so that replicas do not come back all at once. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(100 * attempt, redisPolicy.maxReconnectDelayMs) * (0.5 + Math.random() / 2);
}

/** After a failover the old master refuses to write, and a new connection leads to the new one; or there is none yet. */
function demotedMasterRule(): (error: Error) => boolean {
  let reconnectedAtMs = -Infinity;
  return (error) => {
    if (!error.message.startsWith('READONLY')) return false;
    if (performance.now() - reconnectedAtMs < redisPolicy.demotedReconnectEveryMs) return false;
    reconnectedAtMs = performance.now();
    return true;
  };
}
