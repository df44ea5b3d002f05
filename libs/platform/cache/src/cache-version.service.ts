/**
 * The version of everything cached: a random name that each committed change replaces, so that answers made before it
 * are outdated everywhere. It lives in Redis; a message tells the other processes, and each looks once a second, for
 * messages can be lost. While Redis is lost it is this process' own, and what others change is seen when answers end.
 * Deleting what has changed would not do: a loader that was slow would put the old answer back.
 */
import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisClient, type RedisKeyOf } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';

const versionKey = (keyOf: RedisKeyOf) => keyOf('cache', 'version', 1);
const changesChannel = (keyOf: RedisKeyOf) => keyOf('cache', 'changed', 1);
const SHAPE = /^[\w-]{22}$/;

@Injectable()
export class CacheVersion implements OnModuleInit, OnApplicationShutdown {
  private version = newVersion();
  /** Those that were replaced here. Random, so that none of them can be the current one again. */
  private readonly retired = new LRUCache<string, true>({ max: 1_000 });
  private isUnpublished = false;
  private reconciled: Promise<void> = Promise.resolve();
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

  /** Whether the other processes have the same version, or had it a second ago: what they cached may be used. */
  get isShared(): boolean {
    return this.isReconciled && this.redis.isAvailable;
  }

  /**
   * Whether changes of other processes are known here within a second. A Redis that refuses commands may have refused the
   * version of a change.
   */
  get isCurrent(): boolean {
    return this.isShared && this.redis.problem === undefined;
  }

  /** Whether a change made here is not published yet: Redis could not be reached. */
  get isPending(): boolean {
    return this.isUnpublished;
  }

  /** To be called after a change is committed. The other processes are told then, or when Redis is found. */
  invalidate(): Promise<void> {
    this.replaceLocally();
    return this.reconcile();
  }

  private replaceLocally(): void {
    this.retireFor(newVersion());
    this.isUnpublished = true;
  }

  private retireFor(version: string): void {
    if (version !== this.version) this.retired.set(this.version, true);
    this.version = version;
  }

  /** One after another, so that none undoes what another has just told. */
  private reconcile(): Promise<void> {
    this.reconciled = this.reconciled.then(() => this.reconcileNow());
    return this.reconciled;
  }

  /** Brings this process and Redis to the same version: a change made here is told there, else the one there is taken. */
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
   * What a change made here meanwhile has replaced is no news. A version that was left is what a Redis says that was
   * restored, or a replica that had not heard of the change: with the old version it has the old answers.
   */
  private async fetch(before: string): Promise<void> {
    const shared = await this.redis.run((redis, keyOf) => redis.get(versionKey(keyOf))).catch(invalidIfWrongType);
    if (this.version !== before) return;
    if (shared !== null && this.retired.has(shared)) {
      this.replaceLocally();
      await this.publish(this.version);
    } else if (shared !== null && SHAPE.test(shared)) this.retireFor(shared);
    else
      await this.redis.run((redis, keyOf) =>
        shared === null ? redis.set(versionKey(keyOf), before, 'NX') : redis.set(versionKey(keyOf), before),
      );
  }
}

/** A value of another type is overwritten like any other that is no version. */
function invalidIfWrongType(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return '';
  throw error;
}

function newVersion(): string {
  return randomBytes(16).toString('base64url');
}
