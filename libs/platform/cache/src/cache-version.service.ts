/**
 * Invalidates the cache by version: a random token that each committed change replaces (a price change, an import, a
 * sync), so that responses loaded before the change are outdated in all processes. The version is stored in Redis. A
 * message notifies the other processes, and each process also checks once a second, because messages can be lost. While
 * Redis is unavailable, each process has its own version, and changes of other processes become visible when responses
 * expire. Deleting changed entries would not suffice: a slow load would store the old response again.
 */
import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';

const versionKey = (keyOf: RedisKeyOf) => keyOf('cache', 'version', 1);
const changesChannel = (keyOf: RedisKeyOf) => keyOf('cache', 'changed', 1);
const VERSION_PATTERN = /^[\w-]{22}$/;

@Injectable()
export class CacheVersion implements OnModuleInit, OnApplicationShutdown {
  private version = newVersion();
  /** Versions that this process has replaced. They are random, so none of them can become current again. */
  private readonly retired = new LRUCache<string, true>({ max: 1_000 });
  private isUnpublished = false;
  private reconciliation: Promise<void> = Promise.resolve();
  private isReconciled = false;
  private stopChecking: () => void = () => undefined;

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const check = () => void this.reconcile();
    this.redis.onAvailable(check);
    this.redis.subscribe(changesChannel, check);
    this.stopChecking = this.clock.every(cachePolicy.versionCheckMs, check);
    check();
  }

  onApplicationShutdown(): void {
    this.stopChecking();
  }

  get current(): string {
    return this.version;
  }

  /** Whether the last check found this process and Redis at the same version. Only then is L2 used. */
  get isShared(): boolean {
    return this.isReconciled && this.redis.isAvailable;
  }

  /**
   * Whether this process detects changes of other processes within a second. If Redis refuses commands, it may have
   * refused the version of a change.
   */
  get isCurrent(): boolean {
    return this.isShared && this.redis.problem === undefined;
  }

  /** Whether a change of this process is not published yet, because Redis failed. */
  get isPending(): boolean {
    return this.isUnpublished;
  }

  /** Call after a change is committed. Publishes a new version now, or as soon as Redis is available. */
  invalidate(): Promise<void> {
    this.replaceLocally();
    return this.reconcile();
  }

  private replaceLocally(): void {
    this.setVersion(newVersion());
    this.isUnpublished = true;
  }

  private setVersion(version: string): void {
    if (version !== this.version) this.retired.set(this.version, true);
    this.version = version;
  }

  /** Runs one reconciliation at a time, so that none reverts a version that another has just published. */
  private reconcile(): Promise<void> {
    this.reconciliation = this.reconciliation.then(() => this.reconcileNow());
    return this.reconciliation;
  }

  /** Publishes a pending version to Redis; if none is pending, fetches the version from Redis. */
  private async reconcileNow(): Promise<void> {
    const before = this.version;
    try {
      if (this.isUnpublished) await this.publish(before);
      else await this.fetch(before);
      this.isReconciled = true;
    } catch {
      this.isReconciled = false;
    }
  }

  private async publish(version: string): Promise<void> {
    await this.redis.run((redis, keyOf) => redis.set(versionKey(keyOf), version));
    if (this.version === version) this.isUnpublished = false;
    await this.redis.run((redis, keyOf) => redis.publish(changesChannel(keyOf), ''));
  }

  /**
   * Ignores the version in Redis if a change of this process has replaced it meanwhile. A retired version comes from a
   * restored Redis, or from a Redis replica that missed the change. It has the old responses too, so a new version is
   * published.
   */
  private async fetch(before: string): Promise<void> {
    const shared = await this.redis.run((redis, keyOf) => redis.get(versionKey(keyOf))).catch(invalidIfWrongType);
    if (this.version !== before) return;
    if (shared !== null && this.retired.has(shared)) {
      this.replaceLocally();
      await this.publish(this.version);
    } else if (shared !== null && VERSION_PATTERN.test(shared)) this.setVersion(shared);
    else
      await this.redis.run((redis, keyOf) =>
        shared === null ? redis.set(versionKey(keyOf), before, 'NX') : redis.set(versionKey(keyOf), before),
      );
  }
}

/** A value of another type is overwritten, as is any other invalid version. */
function invalidIfWrongType(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return '';
  throw error;
}

function newVersion(): string {
  return randomBytes(16).toString('base64url');
}
