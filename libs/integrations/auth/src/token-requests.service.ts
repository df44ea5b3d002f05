/**
 * Paces requests for tokens: after one that failed nobody asks again before a pause, and one that was refused waits for
 * an operator, or for another secret.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { ApplicationError } from '@platform/errors';
import { Clock, equalJitterMs, DeadlineExceededError } from '@platform/resilience';
import type { GrantedToken } from './access-token';
import { AuthErrors } from './auth.errors';
import { authPolicy } from './auth.policy';
import { ClientSecret } from './client-secret.reader';
import { RefusedGrantError, TokenEndpoint } from './token-endpoint.client';
import { TokenMetrics } from './token-metrics.service';

interface Pause {
  readonly untilMs: number;
  readonly error: ApplicationError;
  /** Undefined where it was not the secret's fault. */
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

  /** What the last request ended with; undefined where it was granted, or none was made. */
  get lastFailure(): ApplicationError | undefined {
    return this.pause?.error;
  }

  /** 0 where it may be asked now. */
  async pausedForMs(): Promise<number> {
    if (this.pause === undefined) return 0;
    const { refusedSecret, untilMs } = this.pause;
    const isReplaced = refusedSecret !== undefined && (await this.secret.current()) !== refusedSecret;
    return isReplaced ? 0 : Math.max(0, untilMs - this.clock.elapsedMs());
  }

  /** Throws what the last request ended with, as long as nobody may ask again. */
  async assertMayAsk(): Promise<void> {
    const { pause } = this;
    if (pause !== undefined && (await this.pausedForMs()) > 0) throw pause.error;
  }

  /** Throws TOKEN_UNAVAILABLE, TOKEN_REFUSED; and what the signal says where the service ends. */
  async request(signal: AbortSignal): Promise<GrantedToken> {
    const secret = await this.secret.current();
    try {
      const token = await this.endpoint.request(secret, signal);
      this.succeed(token);
      return token;
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof DeadlineExceededError)) throw error;
      throw error instanceof RefusedGrantError ? this.refuse(error, secret) : this.fail(error);
    }
  }

  private succeed({ lifeSeconds }: GrantedToken): void {
    this.pause = undefined;
    this.failures = 0;
    this.metrics.countRequest('granted');
    this.logger.log({ lifeSeconds: lifeSeconds ?? 0, msg: 'a token was granted' });
  }

  private refuse({ message: reason }: RefusedGrantError, refusedSecret: string): ApplicationError {
    const error = AuthErrors.TOKEN_REFUSED.create();
    this.pause = { error, refusedSecret, untilMs: this.clock.elapsedMs() + authPolicy.refusedForMs };
    this.metrics.countRequest('refused');
    this.logger.error({ reason, againInMs: authPolicy.refusedForMs, msg: 'THE PROVIDER REFUSES A TOKEN; see to it' });
    return error;
  }

  private fail(cause: unknown): ApplicationError {
    this.failures += 1;
    const error = AuthErrors.TOKEN_UNAVAILABLE.create();
    const againInMs = equalJitterMs(authPolicy.backoff, this.failures, this.clock.random());
    this.pause = { error, refusedSecret: undefined, untilMs: this.clock.elapsedMs() + againInMs };
    this.metrics.countRequest('failed');
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.logger.warn({ reason, failures: this.failures, againInMs, msg: 'no token was to be had' });
    return error;
  }
}
