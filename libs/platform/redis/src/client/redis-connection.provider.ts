/** Opens connections to the configured Redis: one server, Sentinel or a cluster. */
import type { RedisConfig } from '@platform/config';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { redisPolicy } from '../redis.policy';

export type Connection = Redis | Cluster;

export type OpenConnection = (config: RedisConfig) => Connection;

export const OPEN_CONNECTION = Symbol('open Redis connection');

/**
 * A command fails with its connection and is never sent twice, because it may have been executed. RedisSubscriptions
 * renews subscriptions: in ioredis a failed renewal is an unhandled rejection, which would end the process.
 */
const NO_RETRIES = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableOfflineQueue: false,
} as const;

export function openConnection(config: RedisConfig): Connection {
  const options = { ...toOptions(config), ...NO_RETRIES };
  const [first] = config.servers;
  if (config.kind === 'cluster') return openCluster([...config.servers], toClusterOptions(options));
  if (config.kind === 'sentinel') return new Redis({ ...options, ...toSentinelOptions(config) });
  return new Redis({ ...options, ...first });
}

/** In ioredis a failed ASKING is an unhandled rejection, which would end the process. The next command fails too. */
function openCluster(servers: { host: string; port: number }[], options: ClusterOptions): Cluster {
  return new Cluster(servers, options).on('+node', (node: Redis) => {
    const asking = node.asking.bind(node);
    node.asking = () => {
      const reply = asking();
      reply.catch(() => undefined);
      return reply;
    };
  });
}

function toOptions({ username, password, database, isTls, sslCa, family }: RedisConfig): RedisOptions {
  return {
    connectionName: 'farmlokal',
    connectTimeout: redisPolicy.connectTimeoutMs,
    disconnectTimeout: redisPolicy.disconnectTimeoutMs,
    retryStrategy: reconnectDelayMs,
    reconnectOnError: reconnectIfDemoted(),
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
    sentinelCommandTimeout: redisPolicy.connectTimeoutMs, // then the next sentinel is queried
    ...(isTls && { sentinelTLS: toTls(sslCa), enableTLSForSentinelMode: true }),
  };
}

function toClusterOptions({ enableOfflineQueue, ...redisOptions }: RedisOptions & typeof NO_RETRIES): ClusterOptions {
  return {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: reconnectDelayMs,
    maxRedirections: 2, // one after a slot has moved; more would exceed the command timeout
    slotsRefreshTimeout: redisPolicy.connectTimeoutMs,
    ...(redisOptions.tls && { dnsLookup: keepHostName }),
    slotsRefreshInterval: 5_000, // ms until a promoted replica is found if no command fails meanwhile
  };
}

/** Certificates contain host names, which ioredis would replace with IP addresses. */
function keepHostName(host: string, done: (error: null, address: string) => void): void {
  done(null, host);
}

function toTls(sslCa: string | undefined) {
  return sslCa === undefined ? {} : { ca: sslCa };
}

/** With jitter, so that replicas do not reconnect simultaneously. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(100 * attempt, redisPolicy.maxReconnectDelayMs) * (0.5 + Math.random() / 2);
}

/** Reconnects on READONLY: after a failover the old master refuses writes; a new connection may reach the new one. */
function reconnectIfDemoted(): (error: Error) => boolean {
  let reconnectedAtMs = -Infinity;
  return (error) => {
    if (!error.message.startsWith('READONLY')) return false;
    if (performance.now() - reconnectedAtMs < redisPolicy.demotedReconnectEveryMs) return false;
    reconnectedAtMs = performance.now();
    return true;
  };
}
