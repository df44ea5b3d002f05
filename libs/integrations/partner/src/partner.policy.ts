/**
 * How the partner is called. A number that the configuration gives takes the place of ours, each by itself.
 * In this order: the caller's deadline, a place among the calls at once, a token, the breaker, tries, time for each.
 */
import type { PartnerNumbers } from '@platform/config';

export type PartnerPolicy = ReturnType<typeof partnerPolicyFor>;

export function partnerPolicyFor(given: Partial<PartnerNumbers>) {
  return {
    connectTimeoutMs: given.connectTimeoutMs ?? 1_000, // a LAN or regional round trip; beyond it the partner is down
    tryTimeoutMs: given.tryTimeoutMs ?? 3_000, // p99 of the partner's slowest operation, doubled
    deadlineMs: given.deadlineMs ?? 8_000, // of a call with all its tries, where its caller has none that is sooner
    deadlineReserveMs: 20, // a try ends so much before the deadline, to be known as the partner's failure

    maxTries: given.maxTries ?? 3, // a third that fails says that the partner is down, not that we had bad luck
    backoff: { baseMs: 50, capMs: 2_000 }, // full jitter
    retryBudget: {
      perCall: (given.retryBudgetPercent ?? 10) / 100, // a partner in trouble gets a tenth more, not three times as much
      initially: 3, // so that a first call may try again, too
      atMost: 10,
    },

    concurrentCalls: given.concurrentCalls ?? 32, // of this process; a partner with 30 ms answers a thousand a second
    waitingCalls: 64, // then it is fairer to say no at once
    leastShareToSend: 0.5, // of its deadline; a call that waited for a place for longer is not sent: it would fail as if by the partner
    promptShare: 0.9, // with less left when it is sent, a timeout may be due to our queue or token, and does not count for the breaker
    breaker: {
      calls: 20, // the last ones are looked at,
      failedShare: 0.5, // opens when more of them failed,
      atLeastCalls: 5, // of at least so many
      openMs: (given.breakerSeconds ?? 2) * 1_000, // then one is let through to see; found again within five seconds
    },

    maxAnswerBytes: 1_000_000,
    pageSize: 500, // products in a page; some 300 kB

    availabilityDeadlineMs: given.availabilityDeadlineMs ?? 1_500, // somebody looks at a screen meanwhile

    registrationCheckMs: (given.callbackCheckSeconds ?? 60) * 1_000, // a subscription that was lost is renewed within a minute or so
    registrationBackoff: { baseMs: 1_000, capMs: 60_000 },
  } as const;
}
