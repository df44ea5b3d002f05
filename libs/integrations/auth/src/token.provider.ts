/**
 * Hands out an access token for the partner. Callers share one request for it in this process, and processes share one
 * through Redis; while it is used it is refreshed ahead. If Redis is away each process asks for itself: more requests,
 * never a failed call. If the provider is away the token is used to its end, and after it calls fail fast.
 * A request outlives any one who waits for it, and each waits no longer than he likes.
 * Source: RFC 6749 §4.4.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { withDeadline, Clock, Failpoints, DeadlineExceededError, withTimeout } from '@platform/resilience';
import type { AccessToken, GrantedToken, HeldToken } from './access-token';
import { AuthErrors } from './auth.errors';
import { authPolicy } from './auth.policy';
import { SharedTokens } from './shared-tokens.repository';
import { toLifetime } from './token-lifetime';
import { TokenMetrics } from './token-metrics.service';
import { TokenRequests } from './token-requests.service';

@Injectable()
export class TokenProvider implements OnApplicationShutdown {
  private readonly shutdown = new AbortController();
  private held: HeldToken | undefined;
  private rejectedId: string | undefined;
  private rejectedAtMs = -Infinity;
  /** The mutex: whoever needs a token meanwhile waits for this one. */
  private inFlight: Promise<AccessToken> | undefined;
  private isRefreshing = false;

  constructor(
    private readonly requests: TokenRequests,
    private readonly shared: SharedTokens,
    private readonly clock: Clock,
    private readonly failpoints: Failpoints,
    private readonly metrics: TokenMetrics,
  ) {
    metrics.watch(() => Math.max(0, ((this.held?.usableUntilMs ?? 0) - clock.elapsedMs()) / 1_000));
  }

  onApplicationShutdown(): void {
    this.shutdown.abort(new Error('the service is shutting down'));
  }

  /** Throws TOKEN_UNAVAILABLE, TOKEN_REFUSED, and what the signal says. */
  async get(signal: AbortSignal): Promise<AccessToken> {
    const { held } = this;
    if (held === undefined || !this.isUsable(held)) return this.acquireFor(signal);
    if (this.isDue(held)) void this.refreshAhead();
    return held;
  }

  /**
   * Another token than the one that the partner refused; undefined where that was had a moment ago, too, so that the
   * next would fare no better. Throws as `get`.
   */
  async replace(rejected: AccessToken, signal: AbortSignal): Promise<AccessToken | undefined> {
    const isNewer = rejected.id !== this.rejectedId && (this.held === undefined || this.held.id === rejected.id);
    if (isNewer) {
      const nowMs = this.clock.elapsedMs();
      if (nowMs - this.rejectedAtMs < authPolicy.replacementPauseMs) return undefined;
      this.rejectedAtMs = nowMs;
      this.rejectedId = rejected.id;
      this.held = undefined;
      await this.shared.remove(rejected.id);
    }
    return this.get(signal);
  }

  /** Where the provider failed last, nobody is kept waiting for it to fail again. */
  private acquireFor(signal: AbortSignal): Promise<AccessToken> {
    const { lastFailure } = this.requests;
    const work = waitFor(this.acquireOnce(), signal);
    return lastFailure === undefined ? work : withTimeout(authPolicy.failingPatienceMs, work, () => lastFailure);
  }

  /** Until there is a new one, however long the provider is away; or until the old one ends, where new ones cannot be kept. */
  private async refreshAhead(): Promise<void> {
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    while (this.heldIfDue() !== undefined && !this.shutdown.signal.aborted) {
      const wasGranted = await this.acquireOnce().then(
        () => true,
        () => false,
      );
      const held = this.heldIfDue(); // the partner may have rejected it meanwhile
      if (held === undefined) break;
      if (wasGranted && !this.isUsable(held)) this.held = undefined;
      await this.clock.pause(await this.pauseMs(), this.shutdown.signal);
    }
    this.isRefreshing = false;
  }

  /** Not as long as a refusal lasts, for the secret may be replaced meanwhile. */
  private async pauseMs(): Promise<number> {
    const pausedForMs = await this.requests.pausedForMs();
    const { baseMs, capMs } = authPolicy.backoff;
    return pausedForMs === 0 ? capMs : Math.min(capMs, Math.max(baseMs / 2, pausedForMs));
  }

  private acquireOnce(): Promise<AccessToken> {
    if (this.inFlight === undefined) {
      const flight = withDeadline(authPolicy.flightTimeoutMs, this.shutdown.signal, (signal) =>
        this.acquireToken(signal),
      );
      this.inFlight = flight.catch(orTooLate).finally(() => (this.inFlight = undefined));
      this.inFlight.catch(() => undefined); // whether or not anybody still waits
    }
    return this.inFlight;
  }

  /** Another's token, or one of our own when it is our turn; or when waiting for others took too long. */
  private async acquireToken(signal: AbortSignal): Promise<AccessToken> {
    const patientUntilMs = this.clock.elapsedMs() + authPolicy.patienceMs;
    for (;;) {
      const adopted = await this.useSharedToken();
      if (adopted !== undefined) return adopted;
      await this.requests.assertMayAsk();
      const turn = await this.shared.acquireLease();
      if (turn === 'ours') return this.requestUnderLease(signal);
      if (turn === 'away' || this.clock.elapsedMs() > patientUntilMs) return this.request(signal);
      await this.clock.sleep(authPolicy.pollMs * (0.5 + this.clock.random()), signal);
    }
  }

  /** Somebody may have ended his turn just before ours began. */
  private async requestUnderLease(signal: AbortSignal): Promise<AccessToken> {
    const stopRenewing = this.clock.every(authPolicy.lockRenewMs, () => void this.shared.renewLease());
    try {
      await this.failpoints.at('tk.turn.taken');
      return (await this.useSharedToken()) ?? (await this.request(signal));
    } finally {
      stopRenewing();
      await this.shared.releaseLease();
    }
  }

  private async request(signal: AbortSignal): Promise<AccessToken> {
    const fencingToken = await this.shared.nextFencingToken();
    const askedAtMs = this.clock.elapsedMs();
    const granted = await this.requests.request(signal);
    await this.failpoints.at('tk.granted');
    const token = this.toHeld(granted, fencingToken, askedAtMs);
    if (token === undefined) return granted;
    const isNewest = await this.shared.put(token);
    await this.failpoints.at('tk.shared');
    return (isNewest ? undefined : await this.useSharedToken()) ?? (this.held = token);
  }

  private toHeld(
    { lifeSeconds, ...token }: GrantedToken,
    fencingToken: number,
    askedAtMs: number,
  ): HeldToken | undefined {
    if (lifeSeconds === undefined) return undefined;
    const { usableMs, refreshAfterMs } = toLifetime(lifeSeconds, this.clock.random());
    const times = { usableUntilMs: askedAtMs + usableMs, refreshFromMs: askedAtMs + refreshAfterMs };
    return { ...token, lifeSeconds, fencingToken, ...times };
  }

  /** The shared token, if it is a later one than ours, or ours is of no use any more. */
  private async useSharedToken(): Promise<AccessToken | undefined> {
    const found = await this.shared.find();
    const { held } = this;
    if (found === undefined || found.id === this.rejectedId || found.id === held?.id) return undefined;
    if (held !== undefined && this.isUsable(held) && found.fencingToken <= held.fencingToken) return undefined;
    this.metrics.countSharedTokenUsed();
    return (this.held = found);
  }

  private isUsable({ usableUntilMs }: HeldToken): boolean {
    return this.clock.elapsedMs() < usableUntilMs;
  }

  private heldIfDue(): HeldToken | undefined {
    return this.held !== undefined && this.isDue(this.held) ? this.held : undefined;
  }

  private isDue({ refreshFromMs }: HeldToken): boolean {
    return this.clock.elapsedMs() >= refreshFromMs;
  }
}

function orTooLate(error: unknown): never {
  throw error instanceof DeadlineExceededError ? AuthErrors.TOKEN_UNAVAILABLE.create() : error;
}

/** He who waits may give up; what he waited for goes on. */
function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
