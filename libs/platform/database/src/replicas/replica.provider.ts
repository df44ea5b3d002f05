/**
 * One replica: how far it is known to be, and reads from it. It is asked again and again whether it has what the
 * primary has; until it has said so it is not read from, and neither after it has failed. Its name has to be that of
 * one server: of two, one would be asked and the other read.
 */
import { Logger } from '@nestjs/common';
import type { Clock } from '@platform/resilience';
import { ConnectionHungError } from '../connection-errors';
import { isConnectionLost, isOverloaded } from '../driver-error';
import { closed } from '../opening.provider';
import type { SqlFragment } from '../sql';
import type { Milestone, Milestones } from './milestones.service';
import type { ReplicaConnection } from './replica-connections.provider';
import { arrivalAt } from './replication-position';
import { replicationPolicy } from './replication.policy';

const READ_FROM = 'is read from';

export class Replica {
  /** In words, as the log has it. */
  status = 'is not known yet';
  private readonly logger = new Logger('Replicas');
  private passed: Milestone | undefined;
  private server: string | undefined;
  private following: Promise<void> | undefined;
  private isStopped = false;
  private wake: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly connection: ReplicaConnection,
    private readonly milestones: Milestones,
    private readonly maxLagMs: number,
    private readonly clock: Clock,
  ) {}

  /** How old its data may be at most; undefined where that is not known. */
  get stalenessMs(): number | undefined {
    return this.passed && this.clock.elapsedMs() - this.passed.askedAtMs;
  }

  /** It answers and does not lag, as far as anybody here can say. */
  get isUsable(): boolean {
    const limitMs = this.milestones.isPrimaryAway ? replicationPolicy.awayMs : this.maxLagMs;
    return this.stalenessMs !== undefined && this.stalenessMs <= limitMs;
  }

  /** It is usable and has all that was committed before that moment. */
  has(moment: number): boolean {
    return this.passed !== undefined && this.passed.moment >= moment && this.isUsable;
  }

  /** Fails as BoundedReader does; one that does not answer is left out from then on. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    try {
      return await this.connection.read<Row>(statement, limitMs);
    } catch (error) {
      if (isConnectionLost(error) || error instanceof ConnectionHungError) this.leaveOut(error);
      throw error;
    }
  }

  /** Until it is stopped; looks once a second, and at once when a new moment has begun. */
  follow(): void {
    this.following ??= this.followOn();
  }

  lookAgain(): void {
    this.wake();
  }

  /** One that is just being opened is closed when it is. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    await closed(Promise.resolve(this.following));
  }

  private async followOn(): Promise<void> {
    while (!this.isStopped) {
      const moment = this.milestones.current;
      const isBehind = await this.look();
      if (!isBehind && moment === this.milestones.current) await this.pause();
    }
    await this.connection.close();
  }

  /** True where it answers and still lacks something. */
  private async look(): Promise<boolean> {
    const milestone = await this.milestones.newest().catch((error: unknown) => this.excuse(error));
    if (milestone === undefined) return false;
    try {
      await this.connection.open();
      if (this.isStopped) return false;
      return !(await this.tryToPass(milestone));
    } catch (error) {
      if (isOverloaded(error)) this.excuse(error);
      else this.leaveOut(error);
      return false;
    }
  }

  /** False if the server waited in vain. NULL comes without a wait, so asking again at once would be a busy loop. */
  private async tryToPass(milestone: Milestone): Promise<boolean> {
    const { waitMs, limitMs } = replicationPolicy;
    const question = arrivalAt(milestone.position, milestone.server, waitMs);
    const [answer] = await this.connection.read<{ outcome: number | null; server: string }>(question, limitMs);
    const isOther = this.server !== undefined && this.server !== answer?.server;
    this.server = answer?.server;
    if (isOther) throw new Error('another server has its name now; one name has to be one server');
    const hasReached = answer?.outcome === 0;
    if (hasReached && milestone.askedAtMs >= (this.passed?.askedAtMs ?? 0)) this.passed = milestone;
    this.tell('it lags');
    return hasReached || answer?.outcome === null;
  }

  /** Where it could not be asked, nothing is known against it; it ages. */
  private excuse(error: unknown): undefined {
    this.tell(messageOf(error));
  }

  private leaveOut(error: unknown): void {
    this.passed = undefined;
    this.tell(messageOf(error));
  }

  private tell(reason: string): void {
    const status = this.isUsable ? READ_FROM : `is left out: ${reason}`;
    if (status === this.status || this.isStopped) return;
    this.status = status;
    if (status === READ_FROM) this.logger.log(`${this.name} ${status}`);
    else this.logger.warn(`${this.name} ${status}`);
  }

  private pause(): Promise<void> {
    if (this.isStopped) return Promise.resolve(); // during the check, when there was no pause to end
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, replicationPolicy.followEveryMs).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
