/**
 * Answers kept ready to send: in this process, and in Redis for all of them. An answer is fresh for the configured
 * time and as long as nothing has changed; then it is shown while a new one is made, and after that only while none
 * can be made. One process makes an answer once at a time, and so do all together while Redis answers.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { ApplicationError, type ErrorKind } from '@platform/errors';
import type { EncodedResponse } from '@platform/http';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import type { CacheOutcome } from './cache-status';
import { CacheVersion } from './cache-version.service';
import { cachePolicy } from './cache.policy';
import { freshnessOf, isWithinStaleIfError, sizeOf, ttlSecondsOf, type CachedResponse } from './cached-response';
import { Leases } from './lease.provider';
import { RedisResponses } from './redis-responses.repository';

/** Where an answer was found: in this process, in Redis, or nowhere, so that it was made. */
export type CacheTier = 'process' | 'redis' | 'origin';

interface StoredResponse {
  readonly cached: CachedResponse;
  readonly tier: CacheTier;
}

export interface CacheResult extends StoredResponse {
  readonly outcome: CacheOutcome;
}

/** Makes the answer anew. Fails with an ApplicationError where that is what the client is to read. */
export type LoadResponse = () => Promise<EncodedResponse>;

@Injectable()
export class ResponseCache {
  private readonly l1 = new LRUCache<string, CachedResponse>({
    maxSize: cachePolicy.l1Bytes,
    sizeCalculation: sizeOf,
  });
  private readonly lookupsInFlight = new Map<string, Promise<CachedResponse | undefined>>();
  private readonly loadsInFlight = new Map<string, Promise<CachedResponse>>();
  /** Until when nobody waits for an answer that could not be made just now, by address. */
  private readonly failureBackoff = new LRUCache<string, number>({
    maxSize: cachePolicy.maxFailureBackoffBytes,
    sizeCalculation: (_untilMs, url) => 200 + url.length,
  });
  private readonly freshForMs: number;

  constructor(
    { cache }: AppConfig,
    private readonly l2: RedisResponses,
    private readonly version: CacheVersion,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {
    this.freshForMs = cache.ttlSeconds * 1_000;
  }

  /** A fresh answer of this process; does not wait for anything. */
  peek(url: string): CacheResult | undefined {
    const cached = this.l1.get(url);
    if (cached === undefined || this.freshness(cached) !== 'fresh') return undefined;
    return this.toResult({ cached, tier: 'process' }, 'hit');
  }

  /** Throws what `make` throws where there is nothing at all to show. */
  async get(url: string, load: LoadResponse): Promise<CacheResult> {
    const stored = await this.findStored(url);
    if (stored !== undefined && this.freshness(stored.cached) === 'fresh') return this.toResult(stored, 'hit');
    const newer = this.loadAsMiss(url, load, stored !== undefined && this.isValidInL1(stored));
    return stored === undefined ? newer : this.staleOrLoaded(url, stored, newer);
  }

  /** What there is; what this process has that is outdated, only where the others have nothing. */
  private async findStored(url: string): Promise<StoredResponse | undefined> {
    const cached = this.l1.get(url);
    const inL1 = cached && ({ cached, tier: 'process' } as const);
    if (inL1 !== undefined && this.isValidInL1(inL1)) return inL1;
    const shared = await this.findInL2(url);
    return shared === undefined ? inL1 : { cached: shared, tier: 'redis' };
  }

  private isValidInL1({ cached, tier }: StoredResponse): boolean {
    return tier === 'process' && this.freshness(cached) !== 'outdated';
  }

  private async loadAsMiss(url: string, load: LoadResponse, mayBeShared: boolean): Promise<CacheResult> {
    const isCollapsed = this.loadsInFlight.has(this.flightKeyOf(url));
    const cached = await this.loadOnce(url, load, mayBeShared);
    const tier = 'origin';
    return { cached, tier, outcome: { kind: 'miss', isStored: cached.version === this.version.current, isCollapsed } };
  }

  private async staleOrLoaded(url: string, stored: StoredResponse, newer: Promise<CacheResult>): Promise<CacheResult> {
    const shownAtOnce = this.staleOutcome(url, stored.cached);
    if (shownAtOnce !== undefined) {
      newer.catch(() => undefined);
      return this.toResult(stored, shownAtOnce);
    }
    try {
      return await newer;
    } catch (error) {
      if (!isOutage(error) || !isWithinStaleIfError(stored.cached, this.clock.nowMs())) throw error;
      return this.toResult(stored, 'outage');
    }
  }

  private freshness(cached: CachedResponse) {
    return freshnessOf(cached, this.version.current, this.clock.nowMs());
  }

  private toResult(stored: StoredResponse, kind: 'hit' | 'revalidating' | 'outage'): CacheResult {
    return { ...stored, outcome: { kind, ttlSeconds: ttlSecondsOf(stored.cached, this.clock.nowMs()) } };
  }

  /** Where making it has just failed, who can be shown something does not wait to be told so again. */
  private staleOutcome(url: string, stored: CachedResponse): 'revalidating' | 'outage' | undefined {
    if (this.freshness(stored) === 'stale' && this.version.isCurrent) return 'revalidating';
    const isOut = this.clock.elapsedMs() < (this.failureBackoff.get(url) ?? -Infinity);
    return isOut && isWithinStaleIfError(stored, this.clock.nowMs()) ? 'outage' : undefined;
  }

  /** What the other processes have; what they have that is fresh is kept here too. */
  private findInL2(url: string): Promise<CachedResponse | undefined> {
    return singleFlight(this.lookupsInFlight, url, async () => {
      const cached = await this.l2.find(url);
      if (cached !== undefined && this.freshness(cached) !== 'outdated') this.storeInL1(url, cached);
      return cached;
    });
  }

  /** What was looked up meanwhile may be older than what was made. */
  private storeInL1(url: string, cached: CachedResponse): void {
    const inL1 = this.l1.get(url);
    if (inL1?.version !== cached.version || inL1.loadedAtMs < cached.loadedAtMs) this.l1.set(url, cached);
  }

  /** Who asks after a change does not get what was begun before it. */
  private flightKeyOf(url: string): string {
    return `${this.version.current} ${url}`;
  }

  private loadOnce(url: string, load: LoadResponse, mayBeShared: boolean): Promise<CachedResponse> {
    const name = this.flightKeyOf(url);
    return singleFlight(this.loadsInFlight, name, async () => {
      const shared = mayBeShared ? await this.findInL2(url) : undefined;
      if (shared !== undefined && this.freshness(shared) === 'fresh') return shared;
      return this.loadUnderLease(url, name, load);
    });
  }

  /** Waits for the process that makes the answer already, but no longer than its lease lasts. */
  private async loadUnderLease(url: string, lease: string, load: LoadResponse): Promise<CachedResponse> {
    if (!this.version.isShared) return this.load(url, load);
    const patienceEndsMs = this.clock.elapsedMs() + cachePolicy.leaseMs;
    while (!(await this.leases.acquire(lease))) {
      await this.clock.sleep(cachePolicy.pollMs * (0.5 + this.clock.random()));
      const shared = await this.findInL2(url);
      if (shared !== undefined && this.freshness(shared) === 'fresh') return shared;
      if (this.clock.elapsedMs() > patienceEndsMs) break;
    }
    return this.load(url, load).catch((error: unknown) => {
      void this.leases.release(lease);
      throw error;
    });
  }

  /** An answer that was outdated while it was made goes to those who asked for it, and is not kept. */
  private async load(url: string, load: LoadResponse): Promise<CachedResponse> {
    const version = this.version.current;
    const cached = { response: await this.loadOrBackOff(load, url), version, ...this.lifetime() };
    if (version === this.version.current) {
      this.storeInL1(url, cached);
      this.l2.put(url, cached);
    }
    return cached;
  }

  private async loadOrBackOff(load: LoadResponse, url: string): Promise<EncodedResponse> {
    try {
      return await load();
    } catch (error) {
      if (isOutage(error)) this.failureBackoff.set(url, this.clock.elapsedMs() + cachePolicy.failureBackoffMs);
      else this.evict(url);
      throw error;
    }
  }

  /** There is nothing there any more, or was not ever. */
  private evict(url: string): void {
    this.l1.delete(url);
    this.l2.delete(url);
  }

  private lifetime() {
    const freshForMs = Math.round(this.freshForMs * (1 - cachePolicy.ttlJitter * this.clock.random()));
    return { loadedAtMs: this.clock.nowMs(), freshForMs };
  }
}

/** Failures of the server, answered with 500, 502, 503 or 504 (RFC 5861 §4). All others are the response to the request. */
const OUTAGE_KINDS: readonly ErrorKind[] = ['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'];

function isOutage(error: unknown): boolean {
  return !(error instanceof ApplicationError) || OUTAGE_KINDS.includes(error.definition.kind);
}

/** Who comes while it is under way waits for the same. */
function singleFlight<T>(running: Map<string, Promise<T>>, name: string, work: () => Promise<T>): Promise<T> {
  const others = running.get(name);
  if (others !== undefined) return others;
  const own = work().finally(() => running.delete(name));
  running.set(name, own);
  return own;
}
