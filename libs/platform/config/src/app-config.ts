/**
 * The whole configuration as one frozen, typed object; the class is its injection token.
 * `parseConfig` is the only place that knows the names of variables; `.env.example` mirrors them.
 */
import { EnvironmentReader, type Environment } from './environment-reader';

interface SqliteConfig {
  readonly kind: 'sqlite';
  readonly file: string;
}

interface MysqlConfig {
  readonly kind: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly poolSize: number;
  /** PEM text of the certificate authority; its presence turns TLS with verification on. */
  readonly sslCa: string | undefined;
}

export type DatabaseConfig = SqliteConfig | MysqlConfig;

export class AppConfig {
  constructor(
    readonly environment: 'development' | 'test' | 'production',
    readonly http: { readonly host: string; readonly port: number },
    readonly database: DatabaseConfig,
    readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent',
  ) {
    Object.freeze(this.http);
    Object.freeze(this.database);
    Object.freeze(this);
  }
}

/** Throws InvalidConfigurationError that lists every fault. */
export function parseConfig(environment: Environment, readFile: (path: string) => string): AppConfig {
  const env = new EnvironmentReader(environment, readFile);
  const config = readConfig(env, readFile);
  env.assertNoFaults();
  return config;
}

/** Every variable the service reads, in the order of `.env.example`. */
export function configurationNames(): string[] {
  const env = new EnvironmentReader({ MYSQL_HOST: 'any' }, () => '');
  readConfig(env, () => '');
  return [...env.names];
}

function readConfig(env: EnvironmentReader, readFile: (path: string) => string): AppConfig {
  const environment = env.choice('NODE_ENV', ['development', 'test', 'production'], 'development');
  const http = { host: env.text('HOST', '0.0.0.0'), port: env.integer('PORT', { min: 0, max: 65_535 }, 3_000) };
  const logLevel = env.choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info');
  const database = readDatabase(env, readFile);
  return new AppConfig(environment, http, database, logLevel);
}

function readDatabase(env: EnvironmentReader, readFile: (path: string) => string): DatabaseConfig {
  const file = env.text('DATABASE_FILE', 'data/farmlokal.db');
  const host = env.text('MYSQL_HOST');
  if (host === undefined) return { kind: 'sqlite', file };
  return {
    kind: 'mysql',
    host,
    port: env.integer('MYSQL_PORT', { min: 1, max: 65_535 }, 3_306),
    user: env.text('MYSQL_USER', 'farmlokal'),
    password: env.text('MYSQL_PASSWORD', ''),
    database: env.text('MYSQL_DB', 'farmlokal'),
    poolSize: env.integer('MYSQL_POOL_SIZE', { min: 1, max: 1_000 }, 10),
    sslCa: readCertificate(env, readFile),
  };
}

/** MYSQL_SSL_CA takes the PEM text itself, or the path of a file that holds it. */
function readCertificate(env: EnvironmentReader, readFile: (path: string) => string): string | undefined {
  const value = env.text('MYSQL_SSL_CA');
  if (value === undefined) return undefined;
  const text = isPem(value) ? value : readIfPresent(value, readFile);
  if (!isPem(text)) env.refuse('MYSQL_SSL_CA', 'is neither a PEM certificate nor a file that holds one');
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
