/** Sends a request to the partner, with retries of transient failures if it is idempotent, behind a circuit breaker. */
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OutboundClient, OutboundError, type OutboundResponse, type OutboundRequest } from '@platform/outbound';
import { Clock, Failpoints } from '@platform/resilience';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
  type IBackoff,
} from 'cockatiel';
import { PartnerMetrics } from '../partner-metrics.service';
import { PARTNER_POLICY } from '../partner-policy.provider';
import type { PartnerPolicy } from '../partner.policy';
import { FailedCallError } from './failed-call';
import { RetryBudget } from './retry-budget';
import { isTransient, pauseBeforeRetryMs, type FailedAttempt } from './retry-rule';

export const PARTNER_OUTBOUND = Symbol('connections to the partner');

export interface CallLimits {
  /** Deadline by the monotonic clock. */
  readonly endsAtMs: number;
  readonly isIdempotent: boolean;
  /** The call waited in this process for so long that a timeout says nothing about the partner. */
  readonly isLate: boolean;
  /** Aborts the request and closes its connection. */
  readonly signal: AbortSignal;
}

@Injectable()
export class RetryingTransport implements OnApplicationShutdown {
  private readonly logger = new Logger('Partner');
  private readonly budget: RetryBudget;
  private readonly breaker: CircuitBreakerPolicy;

  constructor(
    @Inject(PARTNER_OUTBOUND) private readonly outbound: OutboundClient,
    private readonly metrics: PartnerMetrics,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
    @Inject(PARTNER_POLICY) private readonly policy: PartnerPolicy,
  ) {
    this.budget = new RetryBudget(policy.retryBudget);
    this.breaker = this.createBreaker();
  }

  /** True while the breaker is open or half-open. */
  get isCircuitOpen(): boolean {
    return this.breaker.state !== CircuitState.Closed;
  }

  onApplicationShutdown(): Promise<void> {
    return this.outbound.close();
  }

  /**
   * Returns a response whose status is not transient. Throws FailedCallError, BrokenCircuitError, or the reason of the
   * signal. The probe of a half-open breaker is completed even if its caller aborts; other calls fail meanwhile.
   */
  async send(request: OutboundRequest, limits: CallLimits): Promise<OutboundResponse> {
    const { state } = this.breaker;
    if (state === CircuitState.HalfOpen) throw new BrokenCircuitError();
    const isProbe = state !== CircuitState.Closed;
    const effectiveLimits = isProbe ? { ...limits, isLate: false, signal: new AbortController().signal } : limits;
    return this.breaker.execute(() => this.sendWithRetries(request, effectiveLimits, isProbe));
  }

  /**
   * An aborted call, a late call that timed out and a response that is too large do not count as failures. While the
   * breaker is not closed, only the probe counts, since calls that started earlier would open it again.
   */
  private createBreaker(): CircuitBreakerPolicy {
    const { calls: size, failureShare: threshold, minCalls, openMs } = this.policy.breaker;
    const isCounted = (error: unknown) => isPartnerFailure(error) && (error.isProbe || !this.isCircuitOpen);
    const breaker = circuitBreaker(handleWhen(isCounted), {
      halfOpenAfter: { next: () => this.openPeriod(openMs) },
      breaker: new CountBreaker({ threshold, size, minimumNumberOfCalls: minCalls }),
    });
    breaker.onStateChange((state) => {
      this.metrics.setBreakerOpen(state !== CircuitState.Closed);
      if (state === CircuitState.Open) this.logger.warn('the circuit breaker of the partner is open');
      if (state === CircuitState.Closed) this.logger.log('the circuit breaker of the partner is closed again');
    });
    return breaker;
  }

  /** Uses the monotonic clock: cockatiel uses Date.now, and a clock that is set back would keep the breaker open. */
  private openPeriod(openMs: number): IBackoff<unknown> {
    const untilMs = this.clock.elapsedMs() + openMs;
    const isOpen = () => this.clock.elapsedMs() < untilMs;
    return {
      next: () => this.openPeriod(openMs),
      get duration() {
        return isOpen() ? Infinity : -Infinity;
      },
    };
  }

  private async sendWithRetries(
    request: OutboundRequest,
    limits: CallLimits,
    isProbe: boolean,
  ): Promise<OutboundResponse> {
    this.budget.add();
    for (let attempts = 1; ; attempts++) {
      this.metrics.countAttempt(attempts);
      const result = await this.sendOnce(request, limits);
      if ('body' in result) return result;
      const pauseMs = this.pauseAfter(result, limits, attempts);
      if (pauseMs === undefined || !this.budget.take()) throw new FailedCallError(result, limits.isLate, isProbe);
      await this.clock.sleep(pauseMs, limits.signal);
    }
  }

  private async sendOnce(request: OutboundRequest, limits: CallLimits): Promise<OutboundResponse | FailedAttempt> {
    const { tryTimeoutMs, maxResponseBytes: maxBytes } = this.policy;
    const timeoutMs = Math.max(1, Math.min(tryTimeoutMs, this.remainingMs(limits)));
    try {
      const response = await this.outbound.send(request, { timeoutMs, maxBytes }, limits.signal);
      await this.failpoints.at('ob.sent');
      return isTransient(response.status)
        ? { status: response.status, retryAfter: response.headers['retry-after'] }
        : response;
    } catch (error) {
      if (error instanceof OutboundError) return { failure: error.failure };
      throw error;
    }
  }

  private pauseAfter(failed: FailedAttempt, limits: CallLimits, attempts: number): number | undefined {
    const call = { isIdempotent: limits.isIdempotent, attempts, remainingMs: this.remainingMs(limits) };
    const timing = { random: this.clock.random(), nowMs: this.clock.nowMs() };
    return pauseBeforeRetryMs(this.policy, call, failed, timing);
  }

  private remainingMs({ endsAtMs }: CallLimits): number {
    return endsAtMs - this.policy.deadlineReserveMs - this.clock.elapsedMs();
  }
}

function isPartnerFailure(error: unknown): error is FailedCallError {
  if (!(error instanceof FailedCallError)) return false;
  const { failed, isLate } = error;
  if ('status' in failed) return true;
  return failed.failure !== 'too-large' && !(failed.failure === 'timeout' && isLate);
}
