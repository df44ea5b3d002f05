/**
 * The configuration as one frozen, typed object; the class is its injection token. Only `parseConfig` refers to
 * variables by name; `.env.example` mirrors them.
 */
import { EnvironmentReader, type Environment, type Variable } from './environment-reader';
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
  /** Keys of accepted signatures; if there is none, unsigned events are accepted. */
  readonly secrets: readonly Buffer[];
  /** Whether this process also applies accepted events. */
  readonly isWorking: boolean;
  readonly maxAttempts: number;
}

const DAY = { min: 1, max: 86_400 };
const MANY = { min: 0, max: 1_000_000_000 };

export interface AppSettings {
  readonly environment: 'development' | 'test' | 'production';
  readonly http: HttpConfig;
  /** Bearer token for metrics; undefined: metrics are public. */
  readonly metricsToken: string | undefined;
  /** Collector that receives traces; undefined: tracing is off. */
  readonly collector: CollectorConfig | undefined;
  /** Number of processes that serve on the same port. */
  readonly processes: number;
  readonly database: DatabaseConfig;
  /** Undefined: each process has its own cache and limits, as it also does while Redis is unavailable. */
  readonly redis: RedisConfig | undefined;
  readonly cache: { readonly isEnabled: boolean; readonly ttlSeconds: number };
  /** Maximum number of requests of a client IP per window; 0: unlimited. */
  readonly rateLimit: { readonly max: number; readonly webhookMax: number; readonly windowSeconds: number };
  readonly webhook: WebhookConfig;
  /** Undefined: the catalogue is the only source of data. */
  readonly partner: PartnerConfig | undefined;
  readonly shutdown: ShutdownConfig;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Failures that a test injects, by failpoint. */
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

/** Throws InvalidConfigurationError with all faults. */
export function parseConfig(environment: Environment, readFile: (path: string) => string): AppConfig {
  const env = new EnvironmentReader(environment, readFile);
  const config = readConfig(env, readFile);
  env.assertNoFaults();
  return config;
}

/** Every variable that the service reads, in the order of `.env.example`, with the defaults of that environment. */
export function configurationVariables(environment: AppSettings['environment']): ReadonlyMap<string, Variable> {
  const env = new EnvironmentReader({ NODE_ENV: environment, MYSQL_HOST: 'any' }, () => '');
  readConfig(env, () => '');
  return env.variables;
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
    env.refuse('WEB_CONCURRENCY', 'requires MYSQL_HOST: the embedded database supports only one process');
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

/** Refusals do not contain the secrets. */
function readWebhook(env: EnvironmentReader, environment: AppSettings['environment']): WebhookConfig {
  const secrets = parseSecrets(env.list('WEBHOOK_SECRETS'), WEBHOOK_SECRET);
  const isAnyoneBelieved = env.flag('WEBHOOK_ALLOW_UNSIGNED', environment !== 'production');
  if (secrets === undefined)
    env.refuse('WEBHOOK_SECRETS', 'must be secrets like whsec_… with 24 to 64 bytes in base64, separated by commas');
  else if (secrets.length === 0 && !isAnyoneBelieved)
    env.refuse('WEBHOOK_SECRETS', 'is required in production, unless WEBHOOK_ALLOW_UNSIGNED=true');
  else if (environment === 'production' && secrets.some(isGuessable))
    env.refuse('WEBHOOK_SECRETS', 'contains a secret that can be guessed. Use random bytes: openssl rand -base64 32');
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
