/**
 * Follows the change log: reads the changes after the last known position and passes them to its listeners. Messages
 * of writers wake it; it also polls, because messages can be lost and Redis is optional. If the log no longer contains
 * its position, it may have missed changes, and reports that instead.
 */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { isConnectionLost } from '@platform/database';
import { RedisClient } from '@platform/redis';
import { Clock, CoalescedTask } from '@platform/resilience';
import type { UnitVector } from '../geography';
import type { ChangeBatch } from './catalogue-change';
import { changesChannel } from './change-channel';
import { ChangeLogMetrics } from './change-log-metrics.service';
import { changeLogPolicy } from './change-log.policy';
import { ChangeLogReader, type ChangesRead } from './change-log.reader';
import { ChangePositions } from './change-positions.service';

/** Current position of each producer, by id; null if unknown. */
export type ProducerPositionsById = ReadonlyMap<number, UnitVector | null>;

export interface ChangeListener {
  /** Applies changes. `producers` contains the producers of all products that the index distinguishes. */
  apply(batches: readonly ChangeBatch[], producers: ProducerPositionsById): void;
  /** Changes up to this position may have been missed. */
  reset(position: number): void;
}

@Injectable()
export class ChangeFollower implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeLog');
  private readonly reads = new CoalescedTask(() => this.read());
  private readonly listeners: ChangeListener[] = [];
  private position = 0;
  private readAtMs = -Infinity;
  private hasFailed = true;
  private stopPolling: () => void = () => undefined;

  constructor(
    private readonly log: ChangeLogReader,
    private readonly positions: ChangePositions,
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly metrics: ChangeLogMetrics,
  ) {
    metrics.observeLag(() => this.clock.elapsedMs() - this.readAtMs);
  }

  onModuleInit(): void {
    const read = () => void this.reads.run();
    this.redis.subscribe(changesChannel, read);
    this.stopPolling = this.clock.every(changeLogPolicy.pollMs, read);
  }

  onApplicationShutdown(): void {
    this.stopPolling();
  }

  onChanges(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** Position of the last change that this process has applied; 0 before the first read. */
  get lastPosition(): number {
    return this.position;
  }

  /** Whether this process has applied all changes that were announced more than a second ago. */
  get isCurrent(): boolean {
    return this.clock.elapsedMs() - this.readAtMs < changeLogPolicy.maxAgeMs;
  }

  /**
   * Applies the changes that were announced before the call. Returns false if the log could not be read; while the
   * database is unavailable, at once.
   */
  async follow(): Promise<boolean> {
    if (this.hasFailed && this.position > 0) return false;
    return this.reads.run();
  }

  private async read(): Promise<boolean> {
    const startedMs = this.clock.elapsedMs();
    try {
      await this.readChanges().catch((error: unknown) => {
        if (isConnectionLost(error)) return this.readChanges(); // the connection may have died while it was idle
        throw error;
      });
      this.readAtMs = startedMs;
      this.hasFailed = false;
      return true;
    } catch (error) {
      if (!this.hasFailed) this.logger.debug({ err: error, msg: 'the change log cannot be read; polling continues' });
      this.hasFailed = true;
      return false;
    }
  }

  private async readChanges(): Promise<void> {
    if (this.position === 0) await this.reset();
    let changes = await this.log.after(this.position);
    if (changes.hasUnpositioned) {
      await this.positions.assign();
      changes = await this.log.after(this.position);
    }
    if (changes.batches === undefined) await this.reset();
    else if (changes.batches.length > 0) await this.apply(changes.batches, changes.delayMs);
  }

  private async apply(batches: NonNullable<ChangesRead['batches']>, delayMs: number): Promise<void> {
    const producers = await this.log.producerPositions(producersOf(batches));
    for (const listener of this.listeners) listener.apply(batches, producers);
    this.position = batches.at(-1)!.position;
    this.metrics.observeDelay(delayMs);
  }

  /** Continues after the newest change. */
  private async reset(): Promise<void> {
    const position = await this.log.lastPosition();
    for (const listener of this.listeners) listener.reset(position);
    this.position = position;
  }
}

function producersOf(batches: readonly ChangeBatch[]): number[] {
  const ids = new Set<number>();
  for (const { changes } of batches)
    for (const change of changes)
      if ('id' in change)
        for (const product of [change.before, change.after]) if (product !== undefined) ids.add(product.producerId);
  return [...ids];
}
