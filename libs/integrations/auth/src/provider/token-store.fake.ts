/** In-memory SharedTokens of several replicas with one Redis. */
import type { Clock } from '@platform/resilience';
import type { CachedToken } from '../access-token';
import { authPolicy } from '../auth.policy';
import { toLifetime } from '../request/token-lifetime';
import type { LeaseOutcome, SharedTokens } from '../sharing/shared-tokens.repository';
import type { StoppableProcess } from './process.fake';

/** The keys in Redis: the shared token and the lease. Both expire; commands are atomic. */
export class TokenStore {
  /** False while Redis is down. */
  isAvailable = true;
  token: CachedToken | undefined;
  lease: { readonly owner: string; readonly untilMs: number } | undefined;
  readonly commands: { readonly replica: string; readonly name: string; readonly atMs: number }[] = [];
  private isBlocked = false;
  private lastFencingToken = 0;

  /** Makes the next command never settle, as on a silent connection. */
  blockNext(): void {
    this.isBlocked = true;
  }

  /** Records a command. Returns false if Redis is down. */
  async accept(replica: string, name: keyof SharedTokens): Promise<boolean> {
    this.commands.push({ replica, name, atMs: performance.now() });
    const { isBlocked } = this;
    this.isBlocked = false;
    return isBlocked ? new Promise<never>(() => undefined) : this.isAvailable;
  }

  current(): CachedToken | undefined {
    return this.token !== undefined && this.token.usableUntilMs > performance.now() ? this.token : undefined;
  }

  leaseHolder(): string | undefined {
    return this.lease !== undefined && this.lease.untilMs > performance.now() ? this.lease.owner : undefined;
  }

  nextFencingToken(): number {
    return (this.lastFencingToken = Math.max(this.lastFencingToken, this.current()?.fencingToken ?? 0) + 1);
  }

  /** Returns the times at which this replica sent this command. */
  timesOf(replica: string, name: keyof SharedTokens): number[] {
    return this.commands.filter((each) => each.replica === replica && each.name === name).map(({ atMs }) => atMs);
  }
}

/** SharedTokens of one replica, without Redis. */
export class ReplicaTokens implements Pick<SharedTokens, keyof SharedTokens> {
  constructor(
    private readonly store: TokenStore,
    private readonly owner: string,
    private readonly process: StoppableProcess,
    private readonly clock: Clock,
    private readonly latencyMs: number,
  ) {}

  find(): Promise<CachedToken | undefined> {
    return this.run('find', undefined, () => {
      const token = this.store.current();
      if (token === undefined) return undefined;
      const { usableMs, refreshAfterMs } = toLifetime(token.lifeSeconds, this.clock.random());
      return { ...token, refreshFromMs: token.usableUntilMs - usableMs + refreshAfterMs };
    });
  }

  put(token: CachedToken): Promise<boolean> {
    return this.run('put', false, () => {
      const isLive = token.usableUntilMs > performance.now();
      if (!isLive || (this.store.current()?.fencingToken ?? 0) >= token.fencingToken) return false;
      this.store.token = token;
      return true;
    });
  }

  remove(id: string): Promise<void> {
    return this.run('remove', undefined, () => {
      if (this.store.token?.id === id) this.store.token = undefined;
    });
  }

  nextFencingToken(): Promise<number> {
    return this.run('nextFencingToken', 0, () => this.store.nextFencingToken());
  }

  acquireLease(): Promise<LeaseOutcome> {
    return this.run<LeaseOutcome>('acquireLease', 'unavailable', () => {
      if (this.store.leaseHolder() !== undefined) return 'held';
      this.setLease();
      return 'acquired';
    });
  }

  renewLease(): Promise<void> {
    return this.run('renewLease', undefined, () => {
      if (this.store.leaseHolder() === this.owner) this.setLease();
    });
  }

  releaseLease(): Promise<void> {
    return this.run('releaseLease', undefined, () => {
      if (this.store.leaseHolder() === this.owner) this.store.lease = undefined;
    });
  }

  private setLease(): void {
    this.store.lease = { owner: this.owner, untilMs: performance.now() + authPolicy.leaseMs };
  }

  private run<T>(name: keyof SharedTokens, ifUnavailable: T, command: () => T): Promise<T> {
    return this.process.through(async () => {
      if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
      return (await this.store.accept(this.owner, name)) ? command() : ifUnavailable;
    });
  }
}

/** The cast only adds the private members, which no caller can use. */
export function asSharedTokens(tokens: Pick<SharedTokens, keyof SharedTokens>): SharedTokens {
  return tokens as SharedTokens;
}
