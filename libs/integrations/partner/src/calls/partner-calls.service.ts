/**
 * Calls the partner with an access token, within the limits of partner.policy.ts. If the caller aborts, the request in
 * progress is aborted. A rejected token is replaced once. Redirects are not followed, so that no other origin receives
 * a token.
 */
import { setMaxListeners } from 'node:events';
import { TokenProvider, type AccessToken } from '@integrations/auth';
import { Inject, Injectable } from '@nestjs/common';
import { ApplicationError } from '@platform/errors';
import type { OutboundResponse } from '@platform/outbound';
import { withDeadline, Clock, DeadlineExceededError } from '@platform/resilience';
import { PartnerMetrics, type CallOutcome, type Operation } from '../partner-metrics.service';
import { PARTNER_POLICY, type ConfiguredPolicy } from '../partner-policy.provider';
import { PartnerErrors } from '../partner.errors';
import { Bulkhead } from '@platform/resilience';
import { FailedCallError, toPartnerError } from './failed-call';
import { RetryingTransport, type CallLimits } from './retrying-transport.service';

export interface PartnerCall {
  readonly operation: Operation;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Appended to the API URL of the partner; includes the query. */
  readonly path: string;
  readonly body?: object;
}

export interface CallOptions {
  /** Aborts the call, with its reason. */
  readonly signal: AbortSignal;
  /** Applies if it is sooner than the deadline of the policy. */
  readonly deadlineMs?: number;
  /** Identifies the operation; the same for each retry. */
  readonly idempotencyKey?: string;
  /** Id of the request that causes this call. */
  readonly requestId?: string;
}

/** Limits of a call before it is sent. */
interface QueuedCall extends Omit<CallLimits, 'isLate'> {
  /** Total time, since the caller started the call. */
  readonly deadlineMs: number;
}

@Injectable()
export class PartnerCalls {
  private readonly bulkhead: Bulkhead;

  constructor(
    private readonly tokens: TokenProvider,
    private readonly transport: RetryingTransport,
    private readonly metrics: PartnerMetrics,
    private readonly clock: Clock,
    @Inject(PARTNER_POLICY) private readonly policy: ConfiguredPolicy,
  ) {
    this.bulkhead = new Bulkhead({ concurrent: policy.concurrentCalls, waiting: policy.waitingCalls });
  }

  /** Returns a response that is no failure of the partner: 2xx and most 4xx. Throws PartnerErrors, AuthErrors. */
  async send(call: PartnerCall, options: CallOptions): Promise<OutboundResponse> {
    const startedAtMs = this.clock.elapsedMs();
    const observe = (outcome: CallOutcome) =>
      this.metrics.observeCall(call.operation, outcome, (this.clock.elapsedMs() - startedAtMs) / 1_000);
    try {
      const response = await this.sendWithinDeadline(call, options, startedAtMs);
      observe('answered');
      return response;
    } catch (error) {
      observe(options.signal.aborted ? 'given-up' : outcomeOf(error));
      throw toPartnerError(error);
    }
  }

  private sendWithinDeadline(call: PartnerCall, options: CallOptions, startedAtMs: number): Promise<OutboundResponse> {
    if (this.policy.apiUrl === undefined) throw PartnerErrors.PARTNER_NOT_CONFIGURED.create();
    const deadlineMs = Math.min(options.deadlineMs ?? Infinity, this.policy.deadlineMs);
    const isIdempotent = call.method !== 'POST' || options.idempotencyKey !== undefined;
    return withDeadline(deadlineMs, options.signal, (signal) => {
      setMaxListeners(0, signal); // each step of a call adds an abort listener
      const limits = { endsAtMs: startedAtMs + deadlineMs, deadlineMs, isIdempotent, signal };
      return this.bulkhead.run(async () => {
        // The call would fail because of the delay in this queue.
        if (this.remainingShare(limits) < this.policy.minShareToSend) throw PartnerErrors.PARTNER_BUSY.create();
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

  /** A 401 concerns the token only (RFC 6750 §3.1), so the call is replayed once with another token. */
  private async sendWithToken(call: PartnerCall, options: CallOptions, queued: QueuedCall): Promise<OutboundResponse> {
    const token = await this.tokens.get(queued.signal);
    const limits = { ...queued, isLate: this.isLate(queued) };
    const response = await this.transport.send(this.toRequest(call, options, token), limits);
    if (response.status !== 401) return assertAllowed(response);
    const replacement = await this.tokens.replace(token, queued.signal);
    if (replacement === undefined) throw PartnerErrors.PARTNER_REFUSED.create();
    const withoutRetries = { ...queued, isIdempotent: false, isLate: this.isLate(queued) };
    return assertAllowed(await this.transport.send(this.toRequest(call, options, replacement), withoutRetries));
  }

  private toRequest({ method, path, body }: PartnerCall, options: CallOptions, token: AccessToken) {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token.value}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }),
      ...(options.requestId !== undefined && { 'x-request-id': options.requestId }),
    };
    const url = `${this.policy.apiUrl}${path}`;
    return { method, url, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof FailedCallError || error instanceof DeadlineExceededError) return 'failed';
  const isRefused = error instanceof ApplicationError && error.definition.code === PartnerErrors.PARTNER_REFUSED.code;
  return isRefused ? 'refused' : 'not-sent';
}

function assertAllowed(response: OutboundResponse): OutboundResponse {
  if (response.status === 401 || response.status === 403) throw PartnerErrors.PARTNER_REFUSED.create();
  return response;
}
