/** Where things are stored: the database, and Redis for what processes share. */
import type { EnvironmentReader } from './environment-reader';
import { isLoopback } from './loopback';
import { parseRedisUrl, type RedisConfig } from './redis-url';
import { parseServerAddress, type ServerAddress } from './server-address';

interface SqliteConfig {
  readonly kind: 'sqlite';
  readonly file: string;
}

export interface MysqlConfig {
  readonly kind: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly poolSize: number;
  /** PEM text of the certificate authority; its presence turns TLS with verification on. */
  readonly sslCa: string | undefined;
  /** Servers that follow this one, for reads of the catalogue; the same user, password and database there. */
  readonly replicas: readonly ServerAddress[];
  /** How old the data of a replica may be at most. */
  readonly replicaMaxLagSeconds: number;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

/** The address is not shown if it is wrong: it may hold a password. */
export function readRedis(env: EnvironmentReader, readFile: (path: string) => string): RedisConfig | undefined {
  const url = env.text('REDIS_URL');
  const host = env.host('REDIS_HOST');
  const port = env.port('REDIS_PORT', 6_379, url === undefined && host !== undefined);
  const sslCa = readCertificate(env, 'REDIS_SSL_CA', readFile);
  const commandTimeoutMs = env.integer('REDIS_COMMAND_TIMEOUT_MS', { min: 5, max: 1_000 });
  if (url !== undefined && host !== undefined)
    env.refuse('REDIS_HOST', 'is given beside REDIS_URL; one of them is enough');
  if (url === undefined && host === undefined) return undefined;
  const config = parseRedisUrl(url ?? toRedisUrl(host ?? '', port));
  if (!('refusal' in config)) return { ...config, isTls: config.isTls || sslCa !== undefined, sslCa, commandTimeoutMs };
  env.refuse(url === undefined ? 'REDIS_HOST' : 'REDIS_URL', config.refusal);
  return undefined;
}

function toRedisUrl(host: string, port: number): string {
  return `redis://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function readDatabase(
  env: EnvironmentReader,
  environment: string,
  readFile: (path: string) => string,
): DatabaseConfig {
  const file = env.text('DATABASE_FILE', 'data/farmlokal.db');
  const host = env.host('MYSQL_HOST');
  if (host === undefined) {
    if (env.list('MYSQL_REPLICA_HOSTS').length > 0) env.refuse('MYSQL_REPLICA_HOSTS', 'is nothing without MYSQL_HOST');
    return { kind: 'sqlite', file };
  }
  const port = env.port('MYSQL_PORT', 3_306, true);
  return {
    kind: 'mysql',
    host,
    port,
    user: env.text('MYSQL_USER', 'farmlokal'),
    password: readPassword(env, environment, host),
    database: env.text('MYSQL_DB', 'farmlokal'),
    poolSize: env.integer('MYSQL_POOL_SIZE', { min: 1, max: 1_000 }, 10),
    sslCa: readCertificate(env, 'MYSQL_SSL_CA', readFile),
    replicas: readReplicas(env, port),
    replicaMaxLagSeconds: env.integer('MYSQL_REPLICA_MAX_LAG_SECONDS', { min: 2, max: 3_600 }, 10),
  };
}

function readReplicas(env: EnvironmentReader, defaultPort: number): ServerAddress[] {
  const addresses = env.list('MYSQL_REPLICA_HOSTS').map((text) => parseServerAddress(text, defaultPort));
  if (addresses.includes(undefined))
    env.refuse('MYSQL_REPLICA_HOSTS', 'must be hosts such as db-2 or db-2:3306 alone, separated by commas');
  return addresses.filter((address) => address !== undefined);
}

/** A server on this machine may let its own users in without one. */
function readPassword(env: EnvironmentReader, environment: string, host: string): string {
  const password = env.text('MYSQL_PASSWORD', '');
  if (environment === 'production' && password === '' && !isLoopback(host))
    env.refuse('MYSQL_PASSWORD', 'is needed in production for a server that is not on this machine');
  return password;
}

/** Takes the PEM text itself, or the path of a file that holds it. */
function readCertificate(env: EnvironmentReader, name: string, readFile: (path: string) => string): string | undefined {
  const value = env.text(name);
  if (value === undefined) return undefined;
  const text = isPem(value) ? value : readIfPresent(value, readFile);
  if (!isPem(text)) env.refuse(name, 'is neither a PEM certificate nor a file that holds one');
  return text;
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN CERTIFICATE-----');
}

function readIfPresent(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch {
    return '';
  }
}
