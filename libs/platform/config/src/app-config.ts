/**
 * The whole configuration as one frozen, typed object; the class is its injection token.
 * `parseConfig` is the only place that knows the names of variables; `.env.example` mirrors them.
 */
import { EnvironmentReader, type Environment } from './environment-reader';
import { parseFailpoints, type Failpoint } from './failpoints';
import { readPartner, type PartnerConfig } from './partner-settings';
import type { RedisConfig } from './redis-url';
import { isGuessable, parseSecrets, WEBHOOK_SECRET } from './secret-bytes';
import {
  readHttp,
  readMetricsToken,
  readCollector,
  readShutdown,
  type CollectorConfig,
  type HttpConfig,
  type ShutdownConfig,
} from './service-settings';
import { readDatabase, readRedis, type DatabaseConfig } from './store-settings';

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
  readonly http: HttpConfig;
  /** What metrics are asked for with; without it everybody may have them. */
  readonly metricsToken: string | undefined;
  /** Where traces are sent; without it none are kept. */
  readonly collector: CollectorConfig | undefined;
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
  readonly shutdown: ShutdownConfig;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What a test has go wrong, and where. */
  readonly failpoints: ReadonlyMap<string, Failpoint>;
}

export class AppConfig implements AppSettings {
  readonly environment: AppSettings['environment'];
  readonly http: AppSettings['http'];
  readonly metricsToken: string | undefined;
  readonly collector: AppSettings['collector'];
  readonly processes: number;
  readonly database: DatabaseConfig;
  readonly redis: RedisConfig | undefined;
  readonly cache: AppSettings['cache'];
  readonly rateLimit: AppSettings['rateLimit'];
  readonly webhook: WebhookConfig;
  readonly partner: PartnerConfig | undefined;
  readonly shutdown: AppSettings['shutdown'];
  readonly logLevel: AppSettings['logLevel'];
  readonly failpoints: AppSettings['failpoints'];

  constructor(settings: AppSettings) {
    this.environment = settings.environment;
    this.http = Object.freeze({ ...settings.http });
    this.metricsToken = settings.metricsToken;
    this.collector = settings.collector && Object.freeze({ ...settings.collector });
    this.processes = settings.processes;
    this.database = Object.freeze({ ...settings.database });
    this.redis = settings.redis && Object.freeze({ ...settings.redis });
    this.cache = Object.freeze({ ...settings.cache });
    this.rateLimit = Object.freeze({ ...settings.rateLimit });
    this.webhook = Object.freeze({ ...settings.webhook });
    this.partner = settings.partner && Object.freeze({ ...settings.partner });
    this.shutdown = Object.freeze({ ...settings.shutdown });
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
  const http = readHttp(env);
  const processes = env.integer('WEB_CONCURRENCY', { min: 1, max: 64 }, 1);
  const shutdown = readShutdown(env, environment);
  const logLevel = env.choice('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info');
  const metricsToken = readMetricsToken(env, environment);
  const collector = readCollector(env);
  const database = readDatabase(env, environment, readFile);
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
  const partner = readPartner(env, environment, http.port);
  const failpoints = readFailpoints(env, environment);
  const operation = { shutdown, logLevel, metricsToken, collector, failpoints };
  return new AppConfig({
    environment,
    http,
    processes,
    database,
    redis,
    cache,
    rateLimit,
    webhook,
    partner,
    ...operation,
  });
}

/** Secrets are not shown where they are wrong. */
function readWebhook(env: EnvironmentReader, environment: AppSettings['environment']): WebhookConfig {
  const secrets = parseSecrets(env.list('WEBHOOK_SECRETS'), WEBHOOK_SECRET);
  const isAnyoneBelieved = env.flag('WEBHOOK_ALLOW_UNSIGNED', environment !== 'production');
  if (secrets === undefined)
    env.refuse('WEBHOOK_SECRETS', 'must be secrets like whsec_… with 24 to 64 bytes in base64, separated by commas');
  else if (secrets.length === 0 && !isAnyoneBelieved)
    env.refuse('WEBHOOK_SECRETS', 'is needed in production, or WEBHOOK_ALLOW_UNSIGNED=true');
  else if (environment === 'production' && secrets.some(isGuessable))
    env.refuse('WEBHOOK_SECRETS', 'holds one that can be guessed; make it of random bytes: openssl rand -base64 32');
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
