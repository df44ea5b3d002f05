/**
 * Limits for calls to the partner, each with its reason. Each number of the configuration overrides one default.
 * Order within a call: deadline, bulkhead, token, circuit breaker, attempts, timeout of each attempt.
 */
import type { PartnerNumbers } from '@platform/config';

export type PartnerPolicy = ReturnType<typeof partnerPolicyFor>;

export function partnerPolicyFor(given: Partial<PartnerNumbers>) {
  return {
    connectTimeoutMs: given.connectTimeoutMs ?? 1_000, // a LAN or regional round trip; beyond it the partner is down
    tryTimeoutMs: given.tryTimeoutMs ?? 3_000, // p99 of the partner's slowest operation, doubled
    deadlineMs: given.deadlineMs ?? 8_000, // of a call with all its attempts, unless the caller has a sooner one
    deadlineReserveMs: 20, // attempts time out this long before the deadline, to count as failures of the partner

    maxTries: given.maxTries ?? 3, // three failures in a row mean that the partner is down
    backoff: { baseMs: 50, capMs: 2_000 }, // full jitter
    retryBudget: {
      perCall: (given.retryBudgetPercent ?? 10) / 100, // a failing partner receives 10 % more requests, not 200 %
      initial: 3, // so that the first call can be retried
      max: 10,
    },

    concurrentCalls: given.concurrentCalls ?? 32, // per process; at 30 ms per call, about 1,000 calls per second
    waitingCalls: 64, // beyond this, calls fail at once
    minShareToSend: 0.5, // calls with less of their deadline left are not sent: they would look like partner timeouts
    promptShare: 0.9, // with less left because of our queue or token, a timeout does not count for the breaker
    breaker: {
      calls: 20, // sliding window of the most recent calls
      failureShare: 0.5, // opens above this share of failures
      minCalls: 5, // minimum number of calls in the window
      openMs: (given.breakerSeconds ?? 2) * 1_000, // then half-open; recovery is noticed within five seconds
    },

    maxResponseBytes: 1_000_000,
    pageSize: 500, // products in a page; about 300 kB

    availabilityDeadlineMs: given.availabilityDeadlineMs ?? 1_500, // a person waits for the result

    registrationCheckMs: (given.callbackCheckSeconds ?? 60) * 1_000, // a lost subscription is registered again
    registrationBackoff: { baseMs: 1_000, capMs: 60_000 },
  } as const;
}
