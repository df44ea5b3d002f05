/**
 * One replica: how far it is known to be, and reads from it. It is asked again and again whether it has what the
 * primary has; until it has said so it is not read from, and neither after it has failed.
 */
import { Logger } from '@nestjs/common';
import { within, type Clock } from '@platform/resilience';
import type { DataSource } from 'typeorm';
import { BoundedReader } from '../bounded.reader';
import { ConnectionHungError } from '../connection-errors';
import { isConnectionLost } from '../driver-error';
import { Opening } from '../opening.provider';
import { CLOSE_DEADLINE_MS } from '../reading.policy';
import type { SqlFragment } from '../sql';
import type { Milestone, Milestones } from './milestones.service';
import { arrivalAt } from './replication-position';
import { replicationPolicy } from './replication.policy';

export class Replica {
  private readonly logger = new Logger('Replicas');
  private readonly opening: Opening;
  private readonly reader: BoundedReader;
  private passed: Milestone | undefined;
  private wasUsable = false;
  private isStopped = false;
  private wake: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly dataSource: DataSource,
    private readonly milestones: Milestones,
    private readonly maxLagMs: number,
    private readonly clock: Clock,
  ) {
    this.opening = new Opening(dataSource);
    this.reader = new BoundedReader(dataSource);
  }

  /** How old its data may be at most; undefined where that is not known. */
  get stalenessMs(): number | undefined {
    return this.passed && this.clock.elapsedMs() - this.passed.askedAtMs;
  }

  /** It answers and does not lag, as far as anybody can say. */
  get isUsable(): boolean {
    return this.stalenessMs !== undefined && (this.milestones.isPrimaryAway || this.stalenessMs <= this.maxLagMs);
  }

  /** It is usable and has all that was committed before that moment. */
  has(moment: number): boolean {
    return this.passed !== undefined && this.passed.moment >= moment && this.isUsable;
  }

  /** Fails as BoundedReader does; one that does not answer is left out from then on. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    try {
      return await this.reader.read<Row>(statement, limitMs);
    } catch (error) {
      if (isConnectionLost(error) || error instanceof ConnectionHungError) this.leaveOut(error);
      throw error;
    }
  }

  /** Until it is stopped; looks once a second, and at once when a new moment has begun. */
  async follow(): Promise<void> {
    while (!this.isStopped) {
      const moment = this.milestones.current;
      const isBehind = await this.tryToPass();
      if (!isBehind && moment === this.milestones.current) await this.pause();
    }
  }

  lookAgain(): void {
    this.wake();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    if (!this.dataSource.isInitialized) return;
    const giveUp = () => new Error('it does not say goodbye');
    await within(CLOSE_DEADLINE_MS, this.dataSource.destroy(), giveUp).catch(() => undefined);
  }

  /** True where it answers and still lacks something. */
  private async tryToPass(): Promise<boolean> {
    try {
      const milestone = await this.milestones.newest();
      await this.opening.open();
      const hasReached = await this.hasReached(milestone);
      if (hasReached) this.passed = milestone;
      this.tell('it lags');
      return !hasReached;
    } catch (error) {
      if (!this.isStopped) this.leaveOut(error);
      return false;
    }
  }

  private async hasReached({ position, server }: Milestone): Promise<boolean> {
    const { waitMs, limitMs } = replicationPolicy;
    const [row] = await this.reader.read<{ outcome: number | null }>(arrivalAt(position, server, waitMs), limitMs);
    return row?.outcome === 0;
  }

  private leaveOut(error: unknown): void {
    this.passed = undefined;
    this.tell(error instanceof Error ? error.message : String(error));
  }

  private tell(reason: string): void {
    const { isUsable, wasUsable, name } = this;
    this.wasUsable = isUsable;
    if (wasUsable && !isUsable) this.logger.warn(`${name} is left out: ${reason}`);
    if (!wasUsable && isUsable) this.logger.log(`${name} is read from`);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, replicationPolicy.followEveryMs).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
