/**
 * Calls the partner as partner.policy.ts says, with a token. A call that its caller gives up ends the request that is
 * under way. A token that is refused is replaced once. Only the partner's own address ever sees one: redirects are not
 * followed.
 */
import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';
import { TokenProvider, type AccessToken } from '@integrations/auth';
import { AppConfig } from '@platform/config';
import { ApplicationError } from '@platform/errors';
import type { OutboundResponse } from '@platform/outbound';
import { withDeadline, Clock, DeadlineExceededError } from '@platform/resilience';
import { Bulkhead } from './bulkhead';
import { FailedCallError, toPartnerError } from './failed-call';
import { PartnerErrors } from './partner.errors';
import { PartnerMetrics, type CallOutcome, type Operation } from './partner-metrics.service';
import { RetryingTransport, type CallLimits } from './retrying-transport.service';
import { partnerPolicyFor, type PartnerPolicy } from './partner.policy';

export interface PartnerCall {
  readonly operation: Operation;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind the partner's address, with its query. */
  readonly path: string;
  readonly body?: object;
}

export interface CallOptions {
  /** Of who wants to know; gives the call up. */
  readonly signal: AbortSignal;
  /** Where it is sooner than the policy's. */
  readonly deadlineMs?: number;
  /** Names what is asked for, the same each time it is asked. */
  readonly idempotencyKey?: string;
  /** Of the request that this call is part of. */
  readonly requestId?: string;
}

/** Before it is sent. */
interface QueuedCall extends Omit<CallLimits, 'isLate'> {
  /** All the time it has, from when its caller asked. */
  readonly deadlineMs: number;
}

@Injectable()
export class PartnerCalls {
  private readonly policy: PartnerPolicy;
  private readonly bulkhead: Bulkhead;

  constructor(
    private readonly config: AppConfig,
    private readonly tokens: TokenProvider,
    private readonly transport: RetryingTransport,
    private readonly metrics: PartnerMetrics,
    private readonly clock: Clock,
  ) {
    this.policy = partnerPolicyFor(config.partner?.numbers ?? {});
    this.bulkhead = new Bulkhead({ concurrent: this.policy.concurrentCalls, waiting: this.policy.waitingCalls });
  }

  /** An answer that is no failure of the partner: 2xx, or a 4xx that its caller understands. Throws PartnerErrors, AuthErrors. */
  async send(call: PartnerCall, options: CallOptions): Promise<OutboundResponse> {
    const startedAtMs = this.clock.elapsedMs();
    const observe = (outcome: CallOutcome) =>
      this.metrics.observeCall(call.operation, outcome, (this.clock.elapsedMs() - startedAtMs) / 1_000);
    try {
      const answer = await this.sendInTime(call, options, startedAtMs);
      observe('answered');
      return answer;
    } catch (error) {
      observe(options.signal.aborted ? 'given-up' : outcomeOf(error));
      throw toPartnerError(error);
    }
  }

  private sendInTime(call: PartnerCall, options: CallOptions, startedAtMs: number): Promise<OutboundResponse> {
    if (this.config.partner === undefined) throw PartnerErrors.PARTNER_NOT_CONFIGURED.create();
    const deadlineMs = Math.min(options.deadlineMs ?? Infinity, this.policy.deadlineMs);
    const isIdempotent = call.method !== 'POST' || options.idempotencyKey !== undefined;
    return withDeadline(deadlineMs, options.signal, (signal) => {
      setMaxListeners(0, signal); // each step of a call listens for its end
      const limits = { endsAtMs: startedAtMs + deadlineMs, deadlineMs, isIdempotent, signal };
      return this.bulkhead.run(async () => {
        // It has waited here for so long that it would fail by our own delay.
        if (this.remainingShare(limits) < this.policy.leastShareToSend) throw PartnerErrors.PARTNER_BUSY.create();
        return this.sendWithToken(call, options, limits);
      }, signal);
    });
  }

  private isLate(limits: QueuedCall): boolean {
    return this.remainingShare(limits) < this.policy.promptShare;
  }

  private remainingShare({ endsAtMs, deadlineMs }: QueuedCall): number {
    return (endsAtMs - this.clock.elapsedMs()) / deadlineMs;
  }

  /** RFC 6750 §3.1: a 401 means this token, and nothing that another token would not mend. */
  private async sendWithToken(call: PartnerCall, options: CallOptions, queued: QueuedCall): Promise<OutboundResponse> {
    const token = await this.tokens.get(queued.signal);
    const limits = { ...queued, isLate: this.isLate(queued) };
    const answer = await this.transport.send(this.toRequest(call, options, token), limits);
    if (answer.status !== 401) return assertAllowed(answer);
    const other = await this.tokens.replace(token, queued.signal);
    if (other === undefined) throw PartnerErrors.PARTNER_REFUSED.create();
    const once = { ...queued, isIdempotent: false, isLate: this.isLate(queued) };
    return assertAllowed(await this.transport.send(this.toRequest(call, options, other), once));
  }

  private toRequest({ method, path, body }: PartnerCall, options: CallOptions, token: AccessToken) {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token.value}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }),
      ...(options.requestId !== undefined && { 'x-request-id': options.requestId }),
    };
    const url = `${this.config.partner?.apiUrl}${path}`;
    return { method, url, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof FailedCallError || error instanceof DeadlineExceededError) return 'failed';
  const isRefused = error instanceof ApplicationError && error.definition.code === PartnerErrors.PARTNER_REFUSED.code;
  return isRefused ? 'refused' : 'not-sent';
}

function assertAllowed(answer: OutboundResponse): OutboundResponse {
  if (answer.status === 401 || answer.status === 403) throw PartnerErrors.PARTNER_REFUSED.create();
  return answer;
}
