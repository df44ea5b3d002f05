/** Sends one request to the partner, again where that may help and does no harm; not at all while the breaker is open. */
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
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
import { FailedCallError } from './failed-call';
import { PartnerMetrics } from './partner-metrics.service';
import { partnerPolicyFor, type PartnerPolicy } from './partner.policy';
import { RetryBudget } from './retry-budget';
import { isTransient, pauseBeforeRetryMs, type FailedTry } from './retry-rule';

export const PARTNER_OUTBOUND = Symbol('connections to the partner');

export interface CallLimits {
  /** By the clock that never goes back. */
  readonly endsAtMs: number;
  readonly isIdempotent: boolean;
  /** It waited in this process, so that it has less time than a call of its kind needs. */
  readonly isLate: boolean;
  /** Ends it at once, with its connection. */
  readonly signal: AbortSignal;
}

@Injectable()
export class RetryingTransport implements OnApplicationShutdown {
  private readonly logger = new Logger('Partner');
  private readonly policy: PartnerPolicy;
  private readonly budget: RetryBudget;
  private readonly breaker: CircuitBreakerPolicy;

  constructor(
    { partner }: AppConfig,
    @Inject(PARTNER_OUTBOUND) private readonly outbound: OutboundClient,
    private readonly metrics: PartnerMetrics,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
  ) {
    this.policy = partnerPolicyFor(partner?.numbers ?? {});
    this.budget = new RetryBudget(this.policy.retryBudget);
    this.breaker = this.makeBreaker();
  }

  /** Whether calls fail at once, because others did. */
  get isCircuitOpen(): boolean {
    return this.breaker.state !== CircuitState.Closed;
  }

  onApplicationShutdown(): Promise<void> {
    return this.outbound.close();
  }

  /**
   * Any answer but one that `isPassing`. Throws FailedCallError, BrokenCircuitError, and what the signal says. The call
   * that is let through to see whether the partner is back is seen through even if its caller goes away; others fail
   * meanwhile.
   */
  async send(request: OutboundRequest, limits: CallLimits): Promise<OutboundResponse> {
    const { state } = this.breaker;
    if (state === CircuitState.HalfOpen) throw new BrokenCircuitError();
    const isProbe = state !== CircuitState.Closed;
    const own = isProbe ? { ...limits, isLate: false, signal: new AbortController().signal } : limits;
    return this.breaker.execute(() => this.sendWithRetries(request, own, isProbe));
  }

  /**
   * A call that was given up, that timed out after it had waited here, or whose answer was larger than we read, says nothing
   * about how the partner is. While the breaker is not closed, only the probe counts: calls from before would open it again.
   */
  private makeBreaker(): CircuitBreakerPolicy {
    const { calls: size, failedShare: threshold, atLeastCalls, openMs } = this.policy.breaker;
    const isCounted = (error: unknown) => isPartnerFailure(error) && (error.isProbe || !this.isCircuitOpen);
    const breaker = circuitBreaker(handleWhen(isCounted), {
      halfOpenAfter: { next: () => this.openFor(openMs) },
      breaker: new CountBreaker({ threshold, size, minimumNumberOfCalls: atLeastCalls }),
    });
    breaker.onStateChange((state) => {
      this.metrics.setBreakerOpen(state !== CircuitState.Closed);
      if (state === CircuitState.Open) this.logger.warn('the partner fails; it is left alone for a while');
      if (state === CircuitState.Closed) this.logger.log('the partner answers again');
    });
    return breaker;
  }

  /** By the monotonic clock: cockatiel compares with Date.now, and a clock that is set back would keep the breaker open. */
  private openFor(openMs: number): IBackoff<unknown> {
    const untilMs = this.clock.elapsedMs() + openMs;
    const remains = () => this.clock.elapsedMs() < untilMs;
    return {
      next: () => this.openFor(openMs),
      get duration() {
        return remains() ? Infinity : -Infinity;
      },
    };
  }

  private async sendWithRetries(
    request: OutboundRequest,
    limits: CallLimits,
    isProbe: boolean,
  ): Promise<OutboundResponse> {
    this.budget.add();
    for (let tries = 1; ; tries++) {
      this.metrics.countTry(tries);
      const result = await this.sendOnce(request, limits);
      if ('body' in result) return result;
      const pauseMs = this.pauseAfter(result, limits, tries);
      if (pauseMs === undefined || !this.budget.take()) throw new FailedCallError(result, limits.isLate, isProbe);
      await this.clock.sleep(pauseMs, limits.signal);
    }
  }

  private async sendOnce(request: OutboundRequest, limits: CallLimits): Promise<OutboundResponse | FailedTry> {
    const { tryTimeoutMs, maxAnswerBytes: maxBytes } = this.policy;
    const timeoutMs = Math.max(1, Math.min(tryTimeoutMs, this.leftMs(limits)));
    try {
      const answer = await this.outbound.send(request, { timeoutMs, maxBytes }, limits.signal);
      await this.failpoints.at('ob.sent');
      return isTransient(answer.status) ? { status: answer.status, retryAfter: answer.headers['retry-after'] } : answer;
    } catch (error) {
      if (error instanceof OutboundError) return { failure: error.failure };
      throw error;
    }
  }

  private pauseAfter(failed: FailedTry, limits: CallLimits, tries: number): number | undefined {
    const call = { isIdempotent: limits.isIdempotent, tries, leftMs: this.leftMs(limits) };
    const chance = { random: this.clock.random(), nowMs: this.clock.nowMs() };
    return pauseBeforeRetryMs(this.policy, call, failed, chance);
  }

  private leftMs({ endsAtMs }: CallLimits): number {
    return endsAtMs - this.policy.deadlineReserveMs - this.clock.elapsedMs();
  }
}

function isPartnerFailure(error: unknown): error is FailedCallError {
  if (!(error instanceof FailedCallError)) return false;
  const { failed, isLate } = error;
  if ('status' in failed) return true;
  return failed.failure !== 'too-large' && !(failed.failure === 'timeout' && isLate);
}
