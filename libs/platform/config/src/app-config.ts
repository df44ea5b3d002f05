/**
 * The whole configuration as one frozen, typed object; the class is its injection token.
 * `parseConfig` is the only place that knows the names of variables; `.env.example` mirrors them.
 */
import { EnvironmentReader, type Environment } from './environment-reader';
import { parseFailpoints, type Failpoint } from './failpoints';
import { readPartner, type PartnerConfig } from './partner-settings';
import { parseRedisUrl, type RedisConfig } from './redis-url';
import { parseTrustedProxies, type TrustedProxies } from './trusted-proxies';
import { parseSecrets, WEBHOOK_SECRET } from './secret-bytes';

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

export interface WebhookConfig {
  /** Keys of signatures that are accepted; without one, every sender is believed. */
  readonly secrets: readonly Buffer[];
  /** Whether this process applies what was accepted, and does not only accept. */
  readonly isWorking: boolean;
  readonly maxAttempts: number;
}

const DAY = { min: 1, max: 86_400 };
const MANY = { min: 0, max: 1_000_000_000 };

export interface AppSettings {
  readonly environment: 'development' | 'test' | 'production';
  readonly http: { readonly host: string; readonly port: number; readonly trustedProxies: TrustedProxies };
  /** Processes that serve on the same port. */
  readonly processes: number;
  readonly database: DatabaseConfig;
  /** Without it each process is on its own, which is also what happens while it is lost. */
  readonly redis: RedisConfig | undefined;
  readonly cache: { readonly isEnabled: boolean; readonly ttlSeconds: number };
  /** Requests of a client address in a window; 0 for as many as it likes. */
  readonly rateLimit: { readonly max: number; readonly webhookMax: number; readonly windowSeconds: number };
  readonly webhook: WebhookConfig;
  /** Without it nobody is asked: what the catalogue knows is all there is to know. */
  readonly partner: PartnerConfig | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What a test has go wrong, and where. */
  readonly failpoints: ReadonlyMap<string, Failpoint>;
}

export class AppConfig implements AppSettings {
  readonly environment: AppSettings['environment'];
  readonly http: AppSettings['http'];
  readonly processes: number;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig | undefined;
  readonly cache: AppSettings['cache'];
  readonly rateLimit: AppSettings['rateLimit'];
  readonly webhook: WebhookConfig;
  readonly partner: PartnerConfig | undefined;
  readonly logLevel: AppSettings['logLevel'];
  readonly failpoints: AppSettings['failpoints'];

  constructor(settings: AppSettings) {
    this.environment = settings.environment;
    this.http = Object.freeze({ ...settings.http });
    this.processes = settings.processes;
    this.database = Object.freeze({ ...settings.database });
    this.redis = settings.redis && Object.freeze({ ...settings.redis });
    this.cache = Object.freeze({ ...settings.cache });
    this.rateLimit = Object.freeze({ ...settings.rateLimit });
    this.webhook = Object.freeze({ ...settings.webhook });
    this.partner = settings.partner && Object.freeze({ ...settings.partner });
    this.logLevel = settings.logLevel;
    this.failpoints = settings.failpoints;
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
  const host = env.text('HOST', '0.0.0.0');
  const port = env.integer('PORT', { min: 0, max: 65_535 }, 3_000);
  const trustedProxies = readTrustedProxies(env);
  const processes = env.integer('WEB_CONCURRENCY', { min: 1, max: 64 }, 1);
  const logLevel = env.choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info');
  const database = readDatabase(env, readFile);
  if (processes > 1 && database.kind === 'sqlite')
    env.refuse('WEB_CONCURRENCY', 'needs MYSQL_HOST: the embedded database is for one process');
  const redis = readRedis(env, readFile);
  const cache = { isEnabled: env.flag('CACHE_ENABLED', true), ttlSeconds: env.integer('CACHE_TTL_SECONDS', DAY, 60) };
  const rateLimit = {
    max: env.integer('RATE_LIMIT_MAX', MANY, 100),
    webhookMax: env.integer('WEBHOOK_RATE_LIMIT_MAX', MANY, 6_000),
    windowSeconds: env.integer('RATE_LIMIT_WINDOW_SECONDS', DAY, 60),
  };
  const webhook = readWebhook(env, environment);
  const partner = readPartner(env, environment, port);
  const failpoints = readFailpoints(env, environment);
  const http = { host, port, trustedProxies };
  const shared = { database, redis, cache, rateLimit, webhook, partner };
  return new AppConfig({ environment, http, processes, ...shared, logLevel, failpoints });
}

/** Secrets are not shown where they are wrong. */
function readWebhook(env: EnvironmentReader, environment: AppSettings['environment']): WebhookConfig {
  const secrets = parseSecrets(env.text('WEBHOOK_SECRETS', ''), WEBHOOK_SECRET);
  const isAnyoneBelieved = env.flag('WEBHOOK_ALLOW_UNSIGNED', environment !== 'production');
  if (secrets === undefined)
    env.refuse('WEBHOOK_SECRETS', 'must be secrets like whsec_… with 24 to 64 bytes in base64, separated by commas');
  else if (secrets.length === 0 && !isAnyoneBelieved)
    env.refuse('WEBHOOK_SECRETS', 'is needed in production, or WEBHOOK_ALLOW_UNSIGNED=true');
  return {
    secrets: secrets ?? [],
    isWorking: env.flag('WEBHOOK_WORKER', true),
    maxAttempts: env.integer('WEBHOOK_MAX_ATTEMPTS', { min: 1, max: 1_000 }, 25),
  };
}

function readFailpoints(env: EnvironmentReader, environment: AppSettings['environment']) {
  const failpoints = parseFailpoints(env.text('FARMLOKAL_FAILPOINTS', ''));
  if (failpoints === undefined)
    env.refuse('FARMLOKAL_FAILPOINTS', 'must be like name=kill, name=stop, name=throw or name=delay:500');
  return environment === 'test' && failpoints !== undefined ? failpoints : new Map<string, Failpoint>();
}

function readTrustedProxies(env: EnvironmentReader): TrustedProxies {
  const text = env.text('TRUST_PROXY', 'none');
  const trusted = parseTrustedProxies(text);
  if (trusted === undefined)
    env.refuse(
      'TRUST_PROXY',
      `must be none, a number of hops, or addresses such as 10.0.0.0/8,loopback, not "${text}"`,
    );
  return trusted ?? false;
}

/** The address is not shown where it is wrong: it may hold a password. */
function readRedis(env: EnvironmentReader, readFile: (path: string) => string): RedisConfig | undefined {
  const url = env.text('REDIS_URL');
  const host = env.text('REDIS_HOST');
  const port = env.integer('REDIS_PORT', { min: 1, max: 65_535 }, 6_379);
  const sslCa = readCertificate(env, 'REDIS_SSL_CA', readFile);
  if (url !== undefined && host !== undefined)
    env.refuse('REDIS_HOST', 'is given beside REDIS_URL; one of them is enough');
  if (url === undefined && host === undefined) return undefined;
  const config = parseRedisUrl(url ?? `redis://${host?.includes(':') === true ? `[${host}]` : host}:${port}`);
  if (config === undefined)
    env.refuse(
      url === undefined ? 'REDIS_HOST' : 'REDIS_URL',
      'must be like redis://host:6379, redis+sentinel://a,b/master or redis+cluster://a,b',
    );
  return config && { ...config, isTls: config.isTls || sslCa !== undefined, sslCa };
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
    sslCa: readCertificate(env, 'MYSQL_SSL_CA', readFile),
  };
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
