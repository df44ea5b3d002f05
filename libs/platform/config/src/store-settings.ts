/** Settings of the database, and of Redis for state that processes share. */
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
  /** PEM text of the certificate authority; if set, connections use TLS with verification. */
  readonly sslCa: string | undefined;
  /** Replicas of this server for reads of the catalogue, with the same user, password and database. */
  readonly replicas: readonly ServerAddress[];
  /** Maximum replica lag. */
  readonly replicaMaxLagSeconds: number;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

/** Refusals do not contain the URL, which may contain a password. */
export function readRedis(env: EnvironmentReader, readFile: (path: string) => string): RedisConfig | undefined {
  const url = env.text('REDIS_URL');
  const host = env.host('REDIS_HOST');
  const port = env.port('REDIS_PORT', 6_379, url === undefined && host !== undefined);
  const sslCa = readCertificate(env, 'REDIS_SSL_CA', readFile);
  const commandTimeoutMs = env.integer('REDIS_COMMAND_TIMEOUT_MS', { min: 5, max: 1_000 });
  if (url !== undefined && host !== undefined)
    env.refuse('REDIS_HOST', 'is set together with REDIS_URL. Set only one of them');
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
    if (env.list('MYSQL_REPLICA_HOSTS').length > 0) env.refuse('MYSQL_REPLICA_HOSTS', 'requires MYSQL_HOST');
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
    env.refuse('MYSQL_REPLICA_HOSTS', 'must be hosts such as db-2 or db-2:3306, separated by commas');
  return addresses.filter((address) => address !== undefined);
}

/** A server on this machine may authenticate local users without a password. */
function readPassword(env: EnvironmentReader, environment: string, host: string): string {
  const password = env.text('MYSQL_PASSWORD', '');
  if (environment === 'production' && password === '' && !isLoopback(host))
    env.refuse('MYSQL_PASSWORD', 'is required in production for a server that is not on this machine');
  return password;
}

/** Reads a certificate from PEM text, or from the file with this path. */
function readCertificate(env: EnvironmentReader, name: string, readFile: (path: string) => string): string | undefined {
  const value = env.text(name);
  if (value === undefined) return undefined;
  const text = isPem(value) ? value : readIfPresent(value, readFile);
  if (!isPem(text)) env.refuse(name, 'is neither a PEM certificate nor the path of a file with one');
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
