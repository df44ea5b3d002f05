/**
 * Encoded responses in L1 (this process) and L2 (Redis, shared). A response is fresh until its TTL ends or a change
 * outdates it, which ResponseValidity decides. After its TTL it is served while a new one is loaded
 * (stale-while-revalidate). Later, after a change, or while changes cannot be read, it is served only if none can be
 * loaded (stale-if-error). Loads are single flight in each process, and across processes while Redis is available.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { EncodedResponse } from '@platform/http';
import { Clock, SingleFlight } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';
import type { CacheOutcome } from './http/cache-status';
import { isOutage, type LoadAttempt } from './load-attempt';
import { ResponseValidity, type Basis } from './response-validity';
import {
  freshnessOf,
  isWithinStaleIfError,
  sizeOf,
  ttlSecondsOf,
  type CachedResponse,
  type Freshness,
} from './store/cached-response';
import { Leases } from './store/lease.provider';
import { RedisResponses } from './store/redis-responses.repository';

/** Source of a response: L1, Redis (L2), or a load. */
export type CacheTier = 'process' | 'redis' | 'origin';

interface StoredResponse {
  readonly cached: CachedResponse;
  readonly tier: CacheTier;
  /** `outdated` also after a change. */
  readonly freshness: Freshness;
}

export interface CacheResult extends Pick<StoredResponse, 'cached' | 'tier'> {
  readonly outcome: CacheOutcome;
}

interface L1Entry {
  readonly cached: CachedResponse;
  /** Whether a change has outdated the response since it was stored. */
  isOutdated: boolean;
}

export interface LoadedResponse {
  readonly response: EncodedResponse;
  readonly basis: Basis;
}

/** Loads the response. Rejects with an ApplicationError that is itself the response, such as a 404. */
export type LoadResponse = () => Promise<LoadedResponse>;

@Injectable()
export class ResponseCache {
  private readonly l1 = new LRUCache<string, L1Entry>({
    maxSize: cachePolicy.l1Bytes,
    sizeCalculation: ({ cached }, url) => sizeOf(cached, url),
    dispose: (_, url) => this.validity.unwatch(url),
  });
  private readonly lookups = new SingleFlight<string, StoredResponse | undefined>();
  private readonly loads = new SingleFlight<string, LoadAttempt>();
  /** End of the backoff after a failed load, by URL: until then requests receive the stored response at once. */
  private readonly failureBackoff = new LRUCache<string, number>({
    maxSize: cachePolicy.maxFailureBackoffBytes,
    sizeCalculation: (_untilMs, url) => 200 + url.length,
  });
  private readonly freshForMs: number;

  constructor(
    { cache }: AppConfig,
    private readonly l2: RedisResponses,
    private readonly validity: ResponseValidity,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {
    this.freshForMs = cache.ttlSeconds * 1_000;
    validity.onOutdated((urls) => this.markOutdated(urls));
  }

  /** Returns a fresh response from L1, synchronously. */
  peek(url: string): CacheResult | undefined {
    const entry = this.l1.get(url);
    if (entry === undefined || entry.isOutdated || !this.validity.isCurrent) return undefined;
    if (freshnessOf(entry.cached, this.clock.nowMs()) !== 'fresh') return undefined;
    return this.toResult({ cached: entry.cached, tier: 'process' }, 'hit');
  }

  /** Throws the error of `load` if no stored response may be served instead. */
  async get(url: string, load: LoadResponse): Promise<CacheResult> {
    const isCurrent = this.validity.isCurrent || (await this.validity.refresh());
    const stored = await this.findStored(url);
    if (stored?.freshness === 'fresh') return this.toResult(stored, isCurrent ? 'hit' : 'outage');
    const loading = this.loadAsMiss(url, load, stored);
    return stored === undefined ? loading : this.staleOrLoaded(url, stored, loading);
  }

  private markOutdated(urls: readonly string[]): void {
    for (const url of urls) {
      const entry = this.l1.peek(url);
      if (entry !== undefined) entry.isOutdated = true;
    }
  }

  /** Returns a response from L1 or L2. An outdated L1 response is returned only if L2 has none. */
  private async findStored(url: string): Promise<StoredResponse | undefined> {
    const inL1 = this.findInL1(url);
    if (inL1 !== undefined && inL1.freshness !== 'outdated') return inL1;
    return (await this.findInL2(url)) ?? inL1;
  }

  private findInL1(url: string): StoredResponse | undefined {
    const entry = this.l1.get(url);
    if (entry === undefined) return undefined;
    const { cached, isOutdated } = entry;
    return { cached, tier: 'process', freshness: isOutdated ? 'outdated' : freshnessOf(cached, this.clock.nowMs()) };
  }

  private async loadAsMiss(url: string, load: LoadResponse, stored: StoredResponse | undefined): Promise<CacheResult> {
    const isCollapsed = this.loads.has(url);
    const cached = await this.loadOnce(url, load, stored);
    const isStored = this.l1.peek(url)?.cached === cached;
    return { cached, tier: 'origin', outcome: { kind: 'miss', isStored, isCollapsed } };
  }

  private async staleOrLoaded(
    url: string,
    stored: StoredResponse,
    loading: Promise<CacheResult>,
  ): Promise<CacheResult> {
    const outcome = this.staleOutcome(url, stored);
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

  private toResult({ cached, tier }: Pick<StoredResponse, 'cached' | 'tier'>, kind: StaleOutcome | 'hit'): CacheResult {
    return { cached, tier, outcome: { kind, ttlSeconds: ttlSecondsOf(cached, this.clock.nowMs()) } };
  }

  /** Returns the outcome if the stored response is served at once. After a failed load, requests do not wait again. */
  private staleOutcome(url: string, { cached, freshness }: StoredResponse): StaleOutcome | undefined {
    if (freshness === 'stale' && this.validity.isCurrent) return 'revalidating';
    const isBackingOff = this.clock.elapsedMs() < (this.failureBackoff.get(url) ?? -Infinity);
    return isBackingOff && isWithinStaleIfError(cached, this.clock.nowMs()) ? 'outage' : undefined;
  }

  /** Stores the response in L1 too, unless it is outdated. */
  private findInL2(url: string): Promise<StoredResponse | undefined> {
    return this.lookups.run(url, async () => {
      const cached = await this.l2.find(url);
      if (cached === undefined) return undefined;
      if (this.validity.isAhead(cached.version)) await this.validity.refresh(); // loaded by a process that is faster
      const freshness = this.isValid(cached) ? freshnessOf(cached, this.clock.nowMs()) : 'outdated';
      if (freshness !== 'outdated') this.storeInL1(url, cached);
      return { cached, tier: 'redis', freshness };
    });
  }

  private isValid({ version, basis }: CachedResponse): boolean {
    try {
      return this.validity.outdatedSince(version, basis) === undefined;
    } catch {
      return false; // the basis in Redis is not one of this build
    }
  }

  /** Stores a valid response, unless a newer one was loaded meanwhile. Watching begins at the current version. */
  private storeInL1(url: string, cached: CachedResponse): void {
    const inL1 = this.findInL1(url);
    const isUsable = inL1 !== undefined && inL1.freshness !== 'outdated';
    if (isUsable && inL1.cached.loadedAtMs >= cached.loadedAtMs) return;
    this.l1.set(url, { cached, isOutdated: false });
    if (this.l1.has(url)) this.validity.watch(url, cached.basis);
  }

  /** Joins a load in progress. If its result lacks a change that was applied before this call, shares the next load. */
  private async loadOnce(url: string, load: LoadResponse, stored: StoredResponse | undefined): Promise<CachedResponse> {
    const { version } = this.validity;
    const run = () => this.loads.run(url, () => this.attempt(url, load, stored));
    let attempt = await run();
    if (!this.reflects(version, attempt)) attempt = await run();
    if (attempt.cached === undefined) throw attempt.error;
    return attempt.cached;
  }

  private async attempt(url: string, load: LoadResponse, stored: StoredResponse | undefined): Promise<LoadAttempt> {
    const { version } = this.validity;
    try {
      return { version, cached: await this.loadShared(url, load, stored) };
    } catch (error) {
      return { version, cached: undefined, error };
    }
  }

  /** Whether the attempt reflects all changes up to `version`; an outage reflects none, but a repetition would fail too. */
  private reflects(version: string, attempt: LoadAttempt): boolean {
    if (attempt.version === version) return true;
    return attempt.cached === undefined ? isOutage(attempt.error) : this.isValid(attempt.cached);
  }

  private async loadShared(
    url: string,
    load: LoadResponse,
    stored: StoredResponse | undefined,
  ): Promise<CachedResponse> {
    const isInL1 = stored?.tier === 'process';
    const inL2 = isInL1 ? await this.findInL2(url) : stored;
    return isInL1 && this.isHit(inL2) ? inL2.cached : this.loadUnderLease(url, inL2, load);
  }

  private isHit(stored: StoredResponse | undefined): stored is StoredResponse {
    return stored?.freshness === 'fresh' && this.validity.isCurrent;
  }

  /** Waits while another process loads the response, but no longer than one lease. */
  private async loadUnderLease(
    url: string,
    replaced: StoredResponse | undefined,
    load: LoadResponse,
  ): Promise<CachedResponse> {
    const deadlineMs = this.clock.elapsedMs() + cachePolicy.leaseMs;
    let lease = leaseOf(url, replaced);
    while (!(await this.leases.acquire(lease))) {
      await this.clock.sleep(cachePolicy.pollMs * (0.5 + this.clock.random()));
      const inL2 = await this.findInL2(url);
      if (this.isHit(inL2)) return inL2.cached;
      if (this.clock.elapsedMs() > deadlineMs) break;
      lease = leaseOf(url, inL2);
    }
    return this.load(url, lease, load);
  }

  /**
   * A response that a change outdates during its load is returned to its callers and not stored. The lease is then
   * released, as after a failed load, because no successor will appear in L2.
   */
  private async load(url: string, lease: string, load: LoadResponse): Promise<CachedResponse> {
    const { version } = this.validity;
    let isStored = false;
    try {
      const cached = { ...(await this.loadOrBackOff(load, url)), version, ...this.lifetime() };
      isStored = this.isValid(cached);
      if (isStored) {
        this.storeInL1(url, cached);
        this.l2.put(url, cached);
      }
      return cached;
    } finally {
      if (!isStored) void this.leases.release(lease);
    }
  }

  private async loadOrBackOff(load: LoadResponse, url: string): Promise<LoadedResponse> {
    try {
      const loaded = await load();
      this.failureBackoff.delete(url);
      return loaded;
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
    void this.leases.release(leaseOf(url, undefined)); // of the response that was stored when L2 had none
  }

  private lifetime() {
    const freshForMs = Math.round(this.freshForMs * (1 - cachePolicy.ttlJitter * this.clock.random()));
    return { loadedAtMs: this.clock.nowMs(), freshForMs };
  }
}

type StaleOutcome = 'revalidating' | 'outage';

/** All processes replace the same L2 response, so it names the lease of its successor. */
function leaseOf(url: string, replaced: StoredResponse | undefined): string {
  return `${replaced?.cached.version ?? ''} ${replaced?.cached.loadedAtMs ?? ''} ${url}`;
}
