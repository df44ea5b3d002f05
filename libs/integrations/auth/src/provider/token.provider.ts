/**
 * Provides an access token for the partner: single flight in the process, a lease in Redis between processes, and
 * refresh ahead of expiry. Without Redis, each process requests its own token: more requests, but no failed call.
 * During an outage of the authorization server the token is used until it expires; then calls fail fast. Each caller
 * has its own deadline, and the shared request continues when callers abort.
 * Source: RFC 6749 §4.4.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, DeadlineExceededError, Failpoints, SingleFlight, withDeadline } from '@platform/resilience';
import type { AccessToken, CachedToken, GrantedToken } from '../access-token';
import { AuthErrors } from '../auth.errors';
import { authPolicy } from '../auth.policy';
import { toLifetime } from '../request/token-lifetime';
import { TokenRequests } from '../request/token-requests.service';
import { SharedTokens } from '../sharing/shared-tokens.repository';
import { TokenMetrics } from '../token-metrics.service';

@Injectable()
export class TokenProvider implements OnApplicationShutdown {
  private readonly shutdown = new AbortController();
  private cached: CachedToken | undefined;
  private rejectedId: string | undefined;
  private rejectedAtMs = -Infinity;
  private readonly acquisitions = new SingleFlight<'token', AccessToken>();
  private readonly refreshes = new SingleFlight<'token', void>();

  constructor(
    private readonly requests: TokenRequests,
    private readonly shared: SharedTokens,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
    private readonly metrics: TokenMetrics,
  ) {
    metrics.watch(() => Math.max(0, ((this.cached?.usableUntilMs ?? 0) - clock.elapsedMs()) / 1_000));
  }

  onApplicationShutdown(): void {
    this.shutdown.abort(new Error('the service is shutting down'));
  }

  /** Throws TOKEN_UNAVAILABLE, TOKEN_REFUSED, or the reason of the signal. */
  async get(signal: AbortSignal): Promise<AccessToken> {
    const { cached } = this;
    if (cached === undefined || !this.isUsable(cached)) return this.acquireFor(signal);
    if (this.isRefreshDue(cached)) void this.refreshes.run('token', () => this.refreshAhead());
    return cached;
  }

  /**
   * Returns a token other than the one that the partner rejected. Returns undefined if the previous replacement was
   * less than `replacementPauseMs` ago, since the next token would probably be rejected too. Throws as `get` does.
   */
  async replace(rejected: AccessToken, signal: AbortSignal): Promise<AccessToken | undefined> {
    const isCurrent = rejected.id !== this.rejectedId && (this.cached === undefined || this.cached.id === rejected.id);
    if (isCurrent) {
      const nowMs = this.clock.elapsedMs();
      if (nowMs - this.rejectedAtMs < authPolicy.replacementPauseMs) return undefined;
      this.rejectedAtMs = nowMs;
      this.rejectedId = rejected.id;
      this.cached = undefined;
      await this.shared.remove(rejected.id);
    }
    return this.get(signal);
  }

  /** Fails fast after a failure: callers wait at most `failingWaitMs` for the next request. */
  private acquireFor(signal: AbortSignal): Promise<AccessToken> {
    const { lastFailure } = this.requests;
    const pending = this.acquire(signal);
    return lastFailure === undefined ? pending : withDeadline(authPolicy.failingWaitMs, pending, () => lastFailure);
  }

  /**
   * Retries until a new token is cached. Stops when the old token expires if new ones live too briefly to be cached.
   */
  private async refreshAhead(): Promise<void> {
    while (this.cachedIfDue() !== undefined && !this.shutdown.signal.aborted) {
      const wasGranted = await this.acquire(this.shutdown.signal).then(
        () => true,
        () => false,
      );
      const cached = this.cachedIfDue(); // undefined if the partner has rejected it meanwhile
      if (cached === undefined) break;
      if (wasGranted && !this.isUsable(cached)) this.cached = undefined;
      await this.clock.pause(await this.pauseMs(), this.shutdown.signal);
    }
  }

  /** Returns at most the backoff cap, also after a refusal, since the secret may be replaced meanwhile. */
  private async pauseMs(): Promise<number> {
    const pausedForMs = await this.requests.pausedForMs();
    const { baseMs, capMs } = authPolicy.backoff;
    return pausedForMs === 0 ? capMs : Math.min(capMs, Math.max(baseMs / 2, pausedForMs));
  }

  /** Joins the acquisition in progress, or starts one. The acquisition continues if the signal aborts. */
  private acquire(signal: AbortSignal): Promise<AccessToken> {
    const acquireWithDeadline = () =>
      withDeadline(authPolicy.acquireTimeoutMs, this.shutdown.signal, (inner) => this.acquireToken(inner));
    return this.acquisitions.run('token', () => acquireWithDeadline().catch(rethrowAsUnavailable), signal);
  }

  /** Returns a shared token, or requests one under the lease; without it after `leaseWaitMs` or if Redis is down. */
  private async acquireToken(signal: AbortSignal): Promise<AccessToken> {
    const waitUntilMs = this.clock.elapsedMs() + authPolicy.leaseWaitMs;
    for (;;) {
      const sharedToken = await this.useSharedToken();
      if (sharedToken !== undefined) return sharedToken;
      await this.requests.assertNotPaused();
      const lease = await this.shared.acquireLease();
      if (lease === 'acquired') return this.requestUnderLease(signal);
      if (lease === 'unavailable' || this.clock.elapsedMs() > waitUntilMs) return this.request(signal);
      await this.clock.sleep(authPolicy.pollMs * (0.5 + this.clock.random()), signal);
    }
  }

  /** Checks for a shared token first: the previous lease holder may have just stored one. */
  private async requestUnderLease(signal: AbortSignal): Promise<AccessToken> {
    const stopRenewing = this.clock.every(authPolicy.leaseRenewMs, () => void this.shared.renewLease());
    try {
      await this.failpoints.at('tk.lease.acquired');
      return (await this.useSharedToken()) ?? (await this.request(signal));
    } finally {
      stopRenewing();
      await this.shared.releaseLease();
    }
  }

  private async request(signal: AbortSignal): Promise<AccessToken> {
    const fencingToken = await this.shared.nextFencingToken();
    const requestedAtMs = this.clock.elapsedMs();
    const granted = await this.requests.request(signal);
    await this.failpoints.at('tk.granted');
    const token = this.toCachedToken(granted, fencingToken, requestedAtMs);
    if (token === undefined) return granted;
    const isNewest = await this.shared.put(token);
    await this.failpoints.at('tk.shared');
    return (isNewest ? undefined : await this.useSharedToken()) ?? (this.cached = token);
  }

  private toCachedToken(
    { lifeSeconds, ...token }: GrantedToken,
    fencingToken: number,
    requestedAtMs: number,
  ): CachedToken | undefined {
    if (lifeSeconds === undefined) return undefined;
    const { usableMs, refreshAfterMs } = toLifetime(lifeSeconds, this.clock.random());
    const times = { usableUntilMs: requestedAtMs + usableMs, refreshFromMs: requestedAtMs + refreshAfterMs };
    return { ...token, lifeSeconds, fencingToken, ...times };
  }

  /** Caches and returns the shared token if it is newer than the cached one, or the cached one is no longer usable. */
  private async useSharedToken(): Promise<AccessToken | undefined> {
    const sharedToken = await this.shared.find();
    const { cached } = this;
    if (sharedToken === undefined || sharedToken.id === this.rejectedId || sharedToken.id === cached?.id)
      return undefined;
    if (cached !== undefined && this.isUsable(cached) && sharedToken.fencingToken <= cached.fencingToken)
      return undefined;
    this.metrics.countSharedTokenUsed();
    return (this.cached = sharedToken);
  }

  private isUsable({ usableUntilMs }: CachedToken): boolean {
    return this.clock.elapsedMs() < usableUntilMs;
  }

  private cachedIfDue(): CachedToken | undefined {
    return this.cached !== undefined && this.isRefreshDue(this.cached) ? this.cached : undefined;
  }

  private isRefreshDue({ refreshFromMs }: CachedToken): boolean {
    return this.clock.elapsedMs() >= refreshFromMs;
  }
}

function rethrowAsUnavailable(error: unknown): never {
  throw error instanceof DeadlineExceededError ? AuthErrors.TOKEN_UNAVAILABLE.create() : error;
}
