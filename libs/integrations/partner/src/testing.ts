/** Partner integration on virtual time: its real classes with a scripted partner and scripted tokens. */
import type { AccessToken, TokenProvider } from '@integrations/auth';
import type { AppConfig, PartnerNumbers } from '@platform/config';
import {
  OutboundClient,
  OutboundError,
  type OutboundResponse,
  type OutboundFailure,
  type OutboundLimits,
  type OutboundRequest,
} from '@platform/outbound';
import { Failpoints } from '@platform/resilience';
import { advance, TestClock } from '@testing/resilience';
import { Registry } from 'prom-client';
import { CallbackRegistration } from './callback-registration.service';
import { PartnerCalls, type CallOptions, type PartnerCall } from './calls/partner-calls.service';
import { PartnerClient } from './partner.client';
import { PartnerHealth } from './partner-health.service';
import { PartnerMetrics } from './partner-metrics.service';
import { RetryingTransport } from './calls/retrying-transport.service';
import { partnerPolicyProvider } from './partner-policy.provider';
import { partnerPolicyFor } from './partner.policy';

/** Scripted reply to one request, after `afterMs`. `hang`: no reply before the timeout or the signal. */
export type Reply = { readonly afterMs?: number } & (
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly failure: OutboundFailure }
  | { readonly hang: true }
);

export const OK: Reply = { status: 200, body: '{}' };
export const UNAVAILABLE: Reply = { status: 503 };
export const HANG: Reply = { hang: true };

export interface SentRequest extends OutboundRequest {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Since the partner was created. */
  readonly atMs: number;
  /** True once the signal has aborted before a reply. */
  isAborted: boolean;
}

/** OutboundClient with scripted replies. */
export class FakePartner extends OutboundClient {
  readonly requests: SentRequest[] = [];
  inProgress = 0;
  mostInProgress = 0;
  isClosed = false;
  private readonly startedAtMs = performance.now();
  private readonly queue: Reply[] = [];

  constructor(private defaultReply: Reply = OK) {
    super({ connectTimeoutMs: 1_000 });
  }

  /** Scripts the replies to the next requests, in this order. */
  repliesOnce(...replies: readonly Reply[]): void {
    this.queue.push(...replies);
  }

  /** Scripts the reply to all other requests from now on. */
  replies(reply: Reply): void {
    this.defaultReply = reply;
  }

  get timesMs(): number[] {
    return this.requests.map(({ atMs }) => atMs);
  }

  override async send(
    request: OutboundRequest,
    limits: OutboundLimits,
    signal: AbortSignal,
  ): Promise<OutboundResponse> {
    const sent = { ...request, ...limits, atMs: performance.now() - this.startedAtMs, isAborted: false };
    this.requests.push(sent);
    this.mostInProgress = Math.max(this.mostInProgress, (this.inProgress += 1));
    try {
      return await super.send(request, limits, signal);
    } catch (error) {
      sent.isAborted = signal.aborted;
      throw error;
    } finally {
      this.inProgress -= 1;
    }
  }

  protected override exchange(_request: OutboundRequest, _limits: OutboundLimits, signal: AbortSignal) {
    return play(this.queue.shift() ?? this.defaultReply, signal);
  }

  override close(): Promise<void> {
    this.isClosed = true;
    return super.close();
  }
}

/** Fake TokenProvider: returns `token-1` until it is replaced by `token-2`, and so on. */
export class FakeTokens {
  /** Duration of each token request. */
  delayMs = 0;
  /** If set, every token request fails with it. */
  failure: Error | undefined;
  /** If false, no replacement of a rejected token is available. */
  canReplace = true;
  requests = 0;
  readonly rejected: string[] = [];
  private readonly clock = new TestClock();

  async get(signal: AbortSignal): Promise<AccessToken> {
    this.requests += 1;
    const id = String(this.rejected.length + 1);
    if (this.delayMs > 0) await this.clock.sleep(this.delayMs, signal);
    if (this.failure !== undefined) throw this.failure;
    return { id, value: `token-${id}` };
  }

  replace({ value }: AccessToken, signal: AbortSignal): Promise<AccessToken | undefined> {
    this.rejected.push(value);
    return this.canReplace ? this.get(signal) : Promise.resolve(undefined);
  }
}

/** Response or error of a call, and its duration. Empty while the call is in progress. */
export interface Observed<T = OutboundResponse> {
  response?: T;
  error?: unknown;
  afterMs?: number;
}

export interface PartnerSettings {
  readonly numbers?: Partial<PartnerNumbers>;
  readonly callbackUrl?: string;
  readonly secrets?: readonly Buffer[];
  /** Shared by several replicas. */
  readonly outbound?: FakePartner;
  /** Random number of the clock; 0 gives no jitter, 0.5 the mean. */
  readonly randomness?: number;
  readonly isConfigured?: boolean;
}

export type PartnerScene = ReturnType<typeof setUpPartner>;

/** Sets up one replica with the real classes of the integration. */
export function setUpPartner(settings: PartnerSettings = {}) {
  const config = toConfig(settings);
  const policy = partnerPolicyProvider.useFactory(config);
  const clock = new TestClock(settings.randomness);
  const outbound = settings.outbound ?? new FakePartner();
  const tokens = new FakeTokens();
  const registry = new Registry();
  const metrics = new PartnerMetrics(registry);
  const transport = new RetryingTransport(outbound, metrics, clock, new Failpoints(config), policy);
  const calls = new PartnerCalls(tokens as unknown as TokenProvider, transport, metrics, clock, policy);
  const partner = new PartnerClient(calls, policy);
  const registration = new CallbackRegistration(config, partner, clock, policy);
  const health = new PartnerHealth(transport, policy);
  return {
    ...{ clock, outbound, tokens, transport, partner, registration, health, policy },
    metric: (name: string, labels: Readonly<Record<string, string>> = {}) => readMetric(registry, name, labels),
    /** Starts a call; a GET by default. */
    call: ({ method = 'GET', body, ...options }: Partial<CallOptions & PartnerCall> = {}) =>
      observe(
        calls.send(
          { operation: 'product', method, path: '/products/p-1', ...(body && { body }) },
          { signal: new AbortController().signal, ...options },
        ),
      ),
  };
}

export function observe<T>(work: Promise<T>): Observed<T> {
  const startedAtMs = performance.now();
  const observed: Observed<T> = {};
  const end = (result: Observed<T>) => Object.assign(observed, result, { afterMs: performance.now() - startedAtMs });
  void work.then(
    (response) => end({ response }),
    (error: unknown) => end({ error }),
  );
  return observed;
}

/** Advances time, timer by timer, until the call has ended or 100 timers have fired. */
export async function settled<T>(call: Observed<T>): Promise<Observed<T>> {
  await advance(0);
  for (let timers = 0; call.afterMs === undefined && timers < 100; timers++) await jest.advanceTimersToNextTimerAsync();
  return call;
}

async function play(reply: Reply, signal: AbortSignal): Promise<OutboundResponse> {
  const clock = new TestClock();
  if ('hang' in reply) return clock.sleep(2 ** 31 - 1, signal) as Promise<never>;
  if (reply.afterMs !== undefined) await clock.sleep(reply.afterMs, signal);
  if ('failure' in reply) throw new OutboundError(reply.failure, 'scripted');
  return { status: reply.status, headers: reply.headers ?? {}, body: reply.body ?? '' };
}

function toConfig({ numbers = {}, callbackUrl, secrets = [], isConfigured = true }: PartnerSettings): AppConfig {
  const partner = { apiUrl: 'https://partner.example/v1', numbers, callbackUrl };
  return {
    partner: isConfigured ? partner : undefined,
    webhook: { secrets },
    failpoints: new Map(),
  } as unknown as AppConfig;
}

async function readMetric(registry: Registry, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const metrics = await registry.getMetricsAsJSON();
  const values = metrics.flatMap((metric) =>
    (metric.values as { metricName?: string; labels: Record<string, unknown>; value: number }[]).map((value) => ({
      ...value,
      metricName: value.metricName ?? metric.name,
    })),
  );
  return values
    .filter((value) => value.metricName === name)
    .filter((value) => Object.entries(labels).every(([label, text]) => value.labels[label] === text))
    .reduce((sum, { value }) => sum + value, 0);
}

export { partnerPolicyFor };
