/**
 * Answers kept ready to send: in this process, and in Redis for all of them. An answer is fresh for the configured
 * time and as long as nothing has changed; then it is shown while a new one is made, and after that only while none
 * can be made. One process makes an answer once at a time, and so do all together while Redis answers.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { ApplicationError, type ErrorKind } from '@platform/errors';
import type { ReadyAnswer } from '@platform/http';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import type { CacheOutcome } from './cache-status';
import { CacheVersion } from './cache-version.service';
import { cachePolicy } from './cache.policy';
import { freshnessOf, isShowable, sizeOf, ttlSecondsOf, type CachedAnswer } from './cached-answer';
import { Leases } from './lease.provider';
import { SharedAnswers } from './shared-answers.repository';

/** Where an answer was found: in this process, in Redis, or nowhere, so that it was made. */
export type CacheTier = 'process' | 'redis' | 'origin';

interface HeldAnswer {
  readonly cached: CachedAnswer;
  readonly tier: CacheTier;
}

export interface FoundAnswer extends HeldAnswer {
  readonly outcome: CacheOutcome;
}

/** Makes the answer anew. Fails with an ApplicationError where that is what the client is to read. */
export type MakeAnswer = () => Promise<ReadyAnswer>;

@Injectable()
export class AnswerCache {
  private readonly near = new LRUCache<string, CachedAnswer>({
    maxSize: cachePolicy.nearBytes,
    sizeCalculation: sizeOf,
  });
  private readonly lookups = new Map<string, Promise<CachedAnswer | undefined>>();
  private readonly renewals = new Map<string, Promise<CachedAnswer>>();
  /** Until when nobody waits for an answer that could not be made just now, by address. */
  private readonly outages = new LRUCache<string, number>({
    maxSize: cachePolicy.maxOutageBytes,
    sizeCalculation: (_untilMs, address) => 200 + address.length,
  });
  private readonly freshForMs: number;

  constructor(
    { cache }: AppConfig,
    private readonly shared: SharedAnswers,
    private readonly version: CacheVersion,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {
    this.freshForMs = cache.ttlSeconds * 1_000;
  }

  /** A fresh answer of this process; does not wait for anything. */
  peek(address: string): FoundAnswer | undefined {
    const cached = this.near.get(address);
    if (cached === undefined || this.freshness(cached) !== 'fresh') return undefined;
    return this.found({ cached, tier: 'process' }, 'hit');
  }

  /** Throws what `make` throws where there is nothing at all to show. */
  async get(address: string, make: MakeAnswer): Promise<FoundAnswer> {
    const held = await this.hold(address);
    if (held !== undefined && this.freshness(held.cached) === 'fresh') return this.found(held, 'hit');
    const newer = this.miss(address, make, held !== undefined && this.isNearBy(held));
    return held === undefined ? newer : this.replace(address, held, newer);
  }

  /** What there is; what this process has that is outdated, only where the others have nothing. */
  private async hold(address: string): Promise<HeldAnswer | undefined> {
    const cached = this.near.get(address);
    const near = cached && ({ cached, tier: 'process' } as const);
    if (near !== undefined && this.isNearBy(near)) return near;
    const shared = await this.lookUp(address);
    return shared === undefined ? near : { cached: shared, tier: 'redis' };
  }

  private isNearBy({ cached, tier }: HeldAnswer): boolean {
    return tier === 'process' && this.freshness(cached) !== 'outdated';
  }

  private async miss(address: string, make: MakeAnswer, mayBeShared: boolean): Promise<FoundAnswer> {
    const isCollapsed = this.renewals.has(this.renewalOf(address));
    const cached = await this.renew(address, make, mayBeShared);
    const tier = 'origin';
    return { cached, tier, outcome: { kind: 'miss', isStored: cached.version === this.version.current, isCollapsed } };
  }

  private async replace(address: string, held: HeldAnswer, newer: Promise<FoundAnswer>): Promise<FoundAnswer> {
    const shownAtOnce = this.showAtOnce(address, held.cached);
    if (shownAtOnce !== undefined) {
      newer.catch(() => undefined);
      return this.found(held, shownAtOnce);
    }
    try {
      return await newer;
    } catch (error) {
      if (!isOutage(error) || !isShowable(held.cached, this.clock.nowMs())) throw error;
      return this.found(held, 'outage');
    }
  }

  private freshness(cached: CachedAnswer) {
    return freshnessOf(cached, this.version.current, this.clock.nowMs());
  }

  private found(held: HeldAnswer, kind: 'hit' | 'revalidating' | 'outage'): FoundAnswer {
    return { ...held, outcome: { kind, ttlSeconds: ttlSecondsOf(held.cached, this.clock.nowMs()) } };
  }

  /** Where making it has just failed, who can be shown something does not wait to be told so again. */
  private showAtOnce(address: string, held: CachedAnswer): 'revalidating' | 'outage' | undefined {
    if (this.freshness(held) === 'stale' && this.version.isCurrent) return 'revalidating';
    const isOut = this.clock.elapsedMs() < (this.outages.get(address) ?? -Infinity);
    return isOut && isShowable(held, this.clock.nowMs()) ? 'outage' : undefined;
  }

  /** What the other processes have; what they have that is fresh is kept here too. */
  private lookUp(address: string): Promise<CachedAnswer | undefined> {
    return once(this.lookups, address, async () => {
      const cached = await this.shared.find(address);
      if (cached !== undefined && this.freshness(cached) !== 'outdated') this.keepNear(address, cached);
      return cached;
    });
  }

  /** What was looked up meanwhile may be older than what was made. */
  private keepNear(address: string, cached: CachedAnswer): void {
    const near = this.near.get(address);
    if (near?.version !== cached.version || near.madeAtMs < cached.madeAtMs) this.near.set(address, cached);
  }

  /** Who asks after a change does not get what was begun before it. */
  private renewalOf(address: string): string {
    return `${this.version.current} ${address}`;
  }

  private renew(address: string, make: MakeAnswer, mayBeShared: boolean): Promise<CachedAnswer> {
    const name = this.renewalOf(address);
    return once(this.renewals, name, async () => {
      const shared = mayBeShared ? await this.lookUp(address) : undefined;
      if (shared !== undefined && this.freshness(shared) === 'fresh') return shared;
      return this.makeInTurn(address, name, make);
    });
  }

  /** Waits for the process that makes the answer already, but no longer than its lease lasts. */
  private async makeInTurn(address: string, lease: string, make: MakeAnswer): Promise<CachedAnswer> {
    if (!this.version.isShared) return this.make(address, make);
    const patienceEndsMs = this.clock.elapsedMs() + cachePolicy.leaseMs;
    while (!(await this.leases.take(lease))) {
      await this.clock.sleep(cachePolicy.pollMs * (0.5 + this.clock.random()));
      const shared = await this.lookUp(address);
      if (shared !== undefined && this.freshness(shared) === 'fresh') return shared;
      if (this.clock.elapsedMs() > patienceEndsMs) break;
    }
    return this.make(address, make).catch((error: unknown) => {
      void this.leases.giveBack(lease);
      throw error;
    });
  }

  /** An answer that was outdated while it was made goes to those who asked for it, and is not kept. */
  private async make(address: string, make: MakeAnswer): Promise<CachedAnswer> {
    const version = this.version.current;
    const cached = { answer: await this.tryTo(make, address), version, ...this.lifetime() };
    if (version === this.version.current) {
      this.keepNear(address, cached);
      this.shared.keep(address, cached);
    }
    return cached;
  }

  private async tryTo(make: MakeAnswer, address: string): Promise<ReadyAnswer> {
    try {
      return await make();
    } catch (error) {
      if (isOutage(error)) this.outages.set(address, this.clock.elapsedMs() + cachePolicy.outageMs);
      else this.forget(address);
      throw error;
    }
  }

  /** There is nothing there any more, or was not ever. */
  private forget(address: string): void {
    this.near.delete(address);
    this.shared.forget(address);
  }

  private lifetime() {
    const freshForMs = Math.round(this.freshForMs * (1 - cachePolicy.ttlJitter * this.clock.random()));
    return { madeAtMs: this.clock.nowMs(), freshForMs };
  }
}

/** Failures of the server, answered with 500, 502, 503 or 504 (RFC 5861 §4). All others are the response to the request. */
const OUTAGES: readonly ErrorKind[] = ['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'];

function isOutage(error: unknown): boolean {
  return !(error instanceof ApplicationError) || OUTAGES.includes(error.definition.kind);
}

/** Who comes while it is under way waits for the same. */
function once<T>(running: Map<string, Promise<T>>, name: string, work: () => Promise<T>): Promise<T> {
  const others = running.get(name);
  if (others !== undefined) return others;
  const own = work().finally(() => running.delete(name));
  running.set(name, own);
  return own;
}
