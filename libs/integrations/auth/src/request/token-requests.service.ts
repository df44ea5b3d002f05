/**
 * Backoff of token requests: a failed request is followed by a pause. A refused request is followed by a longer pause,
 * which ends early if the secret is replaced.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { ApplicationError } from '@platform/errors';
import { Clock, equalJitterMs, DeadlineExceededError } from '@platform/resilience';
import type { GrantedToken } from '../access-token';
import { AuthErrors } from '../auth.errors';
import { authPolicy } from '../auth.policy';
import { TokenMetrics } from '../token-metrics.service';
import { ClientSecret } from './client-secret.reader';
import { RefusedGrantError, TokenEndpoint } from './token-endpoint.client';

interface Pause {
  readonly untilMs: number;
  readonly error: ApplicationError;
  /** The secret that was refused; undefined after a transient failure. */
  readonly refusedSecret: string | undefined;
}

@Injectable()
export class TokenRequests {
  private readonly logger = new Logger('Token');
  private pause: Pause | undefined;
  private failures = 0;

  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly secret: ClientSecret,
    private readonly metrics: TokenMetrics,
    private readonly clock: Clock,
  ) {}

  /** Error of the last request; undefined if it was granted, or none was sent. */
  get lastFailure(): ApplicationError | undefined {
    return this.pause?.error;
  }

  /** Returns the remaining pause; 0 if a request is permitted now. */
  async pausedForMs(): Promise<number> {
    if (this.pause === undefined) return 0;
    const { refusedSecret, untilMs } = this.pause;
    const isReplaced = refusedSecret !== undefined && (await this.secret.current()) !== refusedSecret;
    return isReplaced ? 0 : Math.max(0, untilMs - this.clock.elapsedMs());
  }

  /** Throws the error of the last request during the pause that follows it. */
  async assertNotPaused(): Promise<void> {
    const { pause } = this;
    if (pause !== undefined && (await this.pausedForMs()) > 0) throw pause.error;
  }

  /** Throws TOKEN_UNAVAILABLE, TOKEN_REFUSED, or the reason of the signal at shutdown. */
  async request(signal: AbortSignal): Promise<GrantedToken> {
    const secret = await this.secret.current();
    try {
      const token = await this.endpoint.request(secret, signal);
      this.recordSuccess(token);
      return token;
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof DeadlineExceededError)) throw error;
      throw error instanceof RefusedGrantError ? this.pauseAfterRefusal(error, secret) : this.pauseAfterFailure(error);
    }
  }

  private recordSuccess({ lifeSeconds }: GrantedToken): void {
    this.pause = undefined;
    this.failures = 0;
    this.metrics.countRequest('granted');
    this.logger.log({ lifeSeconds: lifeSeconds ?? 0, msg: 'a token was granted' });
  }

  private pauseAfterRefusal({ message: reason }: RefusedGrantError, refusedSecret: string): ApplicationError {
    const error = AuthErrors.TOKEN_REFUSED.create();
    this.pause = { error, refusedSecret, untilMs: this.clock.elapsedMs() + authPolicy.refusalPauseMs };
    this.metrics.countRequest('refused');
    this.logger.error({
      reason,
      againInMs: authPolicy.refusalPauseMs,
      msg: 'the authorization server refuses to grant a token; check the OAUTH settings',
    });
    return error;
  }

  private pauseAfterFailure(cause: unknown): ApplicationError {
    this.failures += 1;
    const error = AuthErrors.TOKEN_UNAVAILABLE.create();
    const againInMs = equalJitterMs(authPolicy.backoff, this.failures, this.clock.random());
    this.pause = { error, refusedSecret: undefined, untilMs: this.clock.elapsedMs() + againInMs };
    this.metrics.countRequest('failed');
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.logger.warn({ reason, failures: this.failures, againInMs, msg: 'the token request failed' });
    return error;
  }
}
