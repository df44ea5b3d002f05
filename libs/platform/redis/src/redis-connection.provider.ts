/** Opens connections to the Redis that the configuration names: one server, behind sentinels, or a cluster. */
import type { RedisConfig } from '@platform/config';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { redisPolicy } from './redis.policy';

export type Connection = Redis | Cluster;

/** Gives a command up with its connection: it may have been carried out, so it is never sent twice. */
const ONE_TRY = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, enableOfflineQueue: false } as const;

/** Waits for the connection as long as it takes, and subscribes again after each new one. */
const PATIENT = { maxRetriesPerRequest: null, enableOfflineQueue: true } as const;

export const openForCommands = (config: RedisConfig) => open(config, ONE_TRY);
export const openForSubscriptions = (config: RedisConfig) => open(config, PATIENT);

function open(config: RedisConfig, patience: Pick<RedisOptions, 'maxRetriesPerRequest' | 'enableOfflineQueue'>) {
  const options = { ...toOptions(config), ...patience };
  const [first] = config.servers;
  if (config.kind === 'cluster') return new Cluster([...config.servers], toClusterOptions(options));
  if (config.kind === 'sentinel') return new Redis({ ...options, ...toSentinelOptions(config) });
  return new Redis({ ...options, ...first });
}

function toOptions({ username, password, database, isTls, sslCa }: RedisConfig): RedisOptions {
  return {
    connectionName: 'farmlokal',
    connectTimeout: redisPolicy.connectTimeoutMs,
    retryStrategy: reconnectDelayMs,
    reconnectOnError: isFromDemotedMaster,
    db: database,
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
    ...(isTls && { sentinelTLS: toTls(sslCa), enableTLSForSentinelMode: true }),
  };
}

function toClusterOptions({ enableOfflineQueue = true, ...redisOptions }: RedisOptions): ClusterOptions {
  return {
    redisOptions,
    enableOfflineQueue,
    clusterRetryStrategy: reconnectDelayMs,
    maxRedirections: 2, // one after a slot has moved; more would outlast the command
    slotsRefreshTimeout: redisPolicy.connectTimeoutMs,
    slotsRefreshInterval: 5_000, // ms until a replica that took over is found, where no command fails on the way
  };
}

function toTls(sslCa: string | undefined) {
  return sslCa === undefined ? {} : { ca: sslCa };
}

/** With jitter, so that replicas do not come back all at once. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(100 * attempt, redisPolicy.maxReconnectDelayMs) * (0.5 + Math.random() / 2);
}

/** After a failover the old master refuses to write; the sentinels know the new one. */
function isFromDemotedMaster(error: Error): boolean {
  return error.message.startsWith('READONLY');
}
