/** Settings of HTTP, observability and shutdown. */
import { notThis, type EnvironmentReader } from './environment-reader';
import { parseTrustedProxies, type TrustedProxies } from './trusted-proxies';

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: TrustedProxies;
  /** Public URL of the service, without a trailing slash; undefined: the root of its host. */
  readonly publicUrl: string | undefined;
  /** Origins whose scripts may read responses in a browser; `*` for all. */
  readonly corsOrigins: readonly string[];
}

/** Collector that receives traces. */
export interface CollectorConfig {
  /** Base URL; the collector accepts OTLP over HTTP at its path /v1/traces. */
  readonly endpoint: string;
  /** Sampled share of the traces that begin in this service, 0 to 1. */
  readonly sampledShare: number;
}

/** Grace period, during which the service keeps serving after a signal, and deadline of the whole shutdown. */
export interface ShutdownConfig {
  readonly graceSeconds: number;
  readonly deadlineSeconds: number;
}

const MIN_TOKEN_LENGTH = 16;

export function readHttp(env: EnvironmentReader): HttpConfig {
  return {
    host: env.text('HOST', '0.0.0.0'),
    port: env.integer('PORT', { min: 0, max: 65_535 }, 3_000),
    publicUrl: env.baseUrl('PUBLIC_URL'),
    trustedProxies: readTrustedProxies(env),
    corsOrigins: readOrigins(env),
  };
}

function readTrustedProxies(env: EnvironmentReader): TrustedProxies {
  const text = env.text('TRUST_PROXY', 'none');
  const trusted = parseTrustedProxies(text);
  if (trusted === undefined)
    env.refuse(
      'TRUST_PROXY',
      `must be none, a number of hops, or IP ranges such as 10.0.0.0/8,loopback${notThis(text)}`,
    );
  return trusted ?? false;
}

function readOrigins(env: EnvironmentReader): string[] {
  const origins = env.list('CORS_ORIGINS');
  const wrong = origins.find((each) => each !== '*' && (!URL.canParse(each) || new URL(each).origin !== each));
  if (wrong !== undefined)
    env.refuse('CORS_ORIGINS', `must be * or origins such as https://app.example${notThis(wrong)}`);
  return origins;
}

export function readShutdown(env: EnvironmentReader, environment: string): ShutdownConfig {
  const graceSeconds = env.integer(
    'SHUTDOWN_GRACE_SECONDS',
    { min: 0, max: 300 },
    environment === 'production' ? 5 : 0,
  );
  const deadlineSeconds = env.integer('SHUTDOWN_DEADLINE_SECONDS', { min: 1, max: 600 }, 25);
  if (graceSeconds >= deadlineSeconds)
    env.refuse('SHUTDOWN_DEADLINE_SECONDS', `must be more than SHUTDOWN_GRACE_SECONDS, which is ${graceSeconds}`);
  return { graceSeconds, deadlineSeconds };
}

export function readMetricsToken(env: EnvironmentReader, environment: string): string | undefined {
  const token = env.text('METRICS_TOKEN');
  if (environment === 'production' && token !== undefined && token.length < MIN_TOKEN_LENGTH)
    env.refuse('METRICS_TOKEN', `must have at least ${MIN_TOKEN_LENGTH} characters in production`);
  return token;
}

/** Variables have the names of OpenTelemetry. */
export function readCollector(env: EnvironmentReader): CollectorConfig | undefined {
  const endpoint = env.url('OTEL_EXPORTER_OTLP_ENDPOINT');
  const sampledShare = Number(env.text('OTEL_TRACES_SAMPLER_ARG', '1'));
  if (!(sampledShare >= 0 && sampledShare <= 1))
    env.refuse('OTEL_TRACES_SAMPLER_ARG', 'must be the share of traces to sample, from 0 to 1');
  return endpoint === undefined ? undefined : { endpoint, sampledShare };
}
