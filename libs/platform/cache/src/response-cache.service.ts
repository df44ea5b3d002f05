/**
 * Encoded responses in L1 (this process) and L2 (Redis, shared). A response is fresh until its TTL ends. It is then
 * served while a new one is loaded (stale-while-revalidate). Later, or after a change, it is served only while none can
 * be loaded (stale-if-error). Loads are single flight in each process, and across processes while Redis is available.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { ApplicationError, type ErrorKind } from '@platform/errors';
import type { EncodedResponse } from '@platform/http';
import { Clock, SingleFlight } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import { CacheVersion } from './cache-version.service';
import { cachePolicy } from './cache.policy';
import type { CacheOutcome } from './http/cache-status';
import { freshnessOf, isWithinStaleIfError, sizeOf, ttlSecondsOf, type CachedResponse } from './store/cached-response';
import { Leases } from './store/lease.provider';
import { RedisResponses } from './store/redis-responses.repository';

/** Source of a response: L1, Redis (L2), or a load. */
export type CacheTier = 'process' | 'redis' | 'origin';

interface StoredResponse {
  readonly cached: CachedResponse;
  readonly tier: CacheTier;
}

export interface CacheResult extends StoredResponse {
  readonly outcome: CacheOutcome;
}

/** Loads the response. Rejects with an ApplicationError that is itself the response, such as a 404. */
export type LoadResponse = () => Promise<EncodedResponse>;

@Injectable()
export class ResponseCache {
  private readonly l1 = new LRUCache<string, CachedResponse>({
    maxSize: cachePolicy.l1Bytes,
    sizeCalculation: sizeOf,
  });
  private readonly lookups = new SingleFlight<string, CachedResponse | undefined>();
  private readonly loads = new SingleFlight<string, CachedResponse>();
  /** End of the backoff after a failed load, by URL: until then requests receive the stored response at once. */
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

  /** Returns a fresh response from L1, synchronously. */
  peek(url: string): CacheResult | undefined {
    const cached = this.l1.get(url);
    if (cached === undefined || this.freshness(cached) !== 'fresh') return undefined;
    return this.toResult({ cached, tier: 'process' }, 'hit');
  }

  /** Throws the error of `load` if no stored response may be served instead. */
  async get(url: string, load: LoadResponse): Promise<CacheResult> {
    const stored = await this.findStored(url);
    if (stored !== undefined && this.freshness(stored.cached) === 'fresh') return this.toResult(stored, 'hit');
    const loading = this.loadAsMiss(url, load, stored !== undefined && this.isValidInL1(stored));
    return stored === undefined ? loading : this.staleOrLoaded(url, stored, loading);
  }

  /** Returns a response from L1 or L2. An outdated L1 response is returned only if L2 has none. */
  private async findStored(url: string): Promise<StoredResponse | undefined> {
    const cached = this.l1.get(url);
    const inL1 = cached && ({ cached, tier: 'process' } as const);
    if (inL1 !== undefined && this.isValidInL1(inL1)) return inL1;
    const inL2 = await this.findInL2(url);
    return inL2 === undefined ? inL1 : { cached: inL2, tier: 'redis' };
  }

  private isValidInL1({ cached, tier }: StoredResponse): boolean {
    return tier === 'process' && this.freshness(cached) !== 'outdated';
  }

  private async loadAsMiss(url: string, load: LoadResponse, mayBeInL2: boolean): Promise<CacheResult> {
    const isCollapsed = this.loads.has(this.flightKeyOf(url));
    const cached = await this.loadOnce(url, load, mayBeInL2);
    const tier = 'origin';
    return { cached, tier, outcome: { kind: 'miss', isStored: cached.version === this.version.current, isCollapsed } };
  }

  private async staleOrLoaded(
    url: string,
    stored: StoredResponse,
    loading: Promise<CacheResult>,
  ): Promise<CacheResult> {
    const outcome = this.staleOutcome(url, stored.cached);
    if (outcome !== undefined) {
      loading.catch(() => undefined);
      return this.toResult(stored, outcome);
    }
    try {
      return await loading;
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

  /** Returns the outcome if the stored response is served at once. After a failed load, requests do not wait again. */
  private staleOutcome(url: string, stored: CachedResponse): 'revalidating' | 'outage' | undefined {
    if (this.freshness(stored) === 'stale' && this.version.isCurrent) return 'revalidating';
    const isBackingOff = this.clock.elapsedMs() < (this.failureBackoff.get(url) ?? -Infinity);
    return isBackingOff && isWithinStaleIfError(stored, this.clock.nowMs()) ? 'outage' : undefined;
  }

  /** Stores the response in L1 too, unless it is outdated. */
  private findInL2(url: string): Promise<CachedResponse | undefined> {
    return this.lookups.run(url, async () => {
      const cached = await this.l2.find(url);
      if (cached !== undefined && this.freshness(cached) !== 'outdated') this.storeInL1(url, cached);
      return cached;
    });
  }

  /** Keeps a newer response that was loaded during the L2 lookup. */
  private storeInL1(url: string, cached: CachedResponse): void {
    const inL1 = this.l1.get(url);
    if (inL1?.version !== cached.version || inL1.loadedAtMs < cached.loadedAtMs) this.l1.set(url, cached);
  }

  /** Contains the version: requests after a change do not join a load that began before it. */
  private flightKeyOf(url: string): string {
    return `${this.version.current} ${url}`;
  }

  private loadOnce(url: string, load: LoadResponse, mayBeInL2: boolean): Promise<CachedResponse> {
    const flightKey = this.flightKeyOf(url);
    return this.loads.run(flightKey, async () => {
      const inL2 = mayBeInL2 ? await this.findInL2(url) : undefined;
      if (inL2 !== undefined && this.freshness(inL2) === 'fresh') return inL2;
      return this.loadUnderLease(url, flightKey, load);
    });
  }

  /** Waits while another process loads the response, but no longer than one lease. */
  private async loadUnderLease(url: string, lease: string, load: LoadResponse): Promise<CachedResponse> {
    if (!this.version.isShared) return this.load(url, load);
    const deadlineMs = this.clock.elapsedMs() + cachePolicy.leaseMs;
    while (!(await this.leases.acquire(lease))) {
      await this.clock.sleep(cachePolicy.pollMs * (0.5 + this.clock.random()));
      const inL2 = await this.findInL2(url);
      if (inL2 !== undefined && this.freshness(inL2) === 'fresh') return inL2;
      if (this.clock.elapsedMs() > deadlineMs) break;
    }
    return this.load(url, load).catch((error: unknown) => {
      void this.leases.release(lease);
      throw error;
    });
  }

  /** A response that is invalidated during its load is returned to its callers and not stored. */
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

  /** The load reported an error that replaces the stored response, such as a 404. */
  private evict(url: string): void {
    this.l1.delete(url);
    this.l2.delete(url);
  }

  private lifetime() {
    const freshForMs = Math.round(this.freshForMs * (1 - cachePolicy.ttlJitter * this.clock.random()));
    return { loadedAtMs: this.clock.nowMs(), freshForMs };
  }
}

/** Server errors with status 500, 502, 503 or 504 (RFC 5861 §4). Other errors are the response to the request. */
const OUTAGE_KINDS: readonly ErrorKind[] = ['internal', 'bad-gateway', 'unavailable', 'gateway-timeout'];

function isOutage(error: unknown): boolean {
  return !(error instanceof ApplicationError) || OUTAGE_KINDS.includes(error.definition.kind);
}
