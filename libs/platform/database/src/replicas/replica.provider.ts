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
import type { PrimaryPosition, ReplicationPositions } from './replication-positions.service';
import type { ReplicaConnection } from './replica-connections.provider';
import { waitForPosition } from './gtid-statements';
import { replicationPolicy } from './replication.policy';

const IN_USE = 'is read from';

export class Replica {
  /** In words, as the log has it. */
  status = 'is not known yet';
  private readonly logger = new Logger('Replicas');
  private position: PrimaryPosition | undefined;
  private server: string | undefined;
  private following: Promise<void> | undefined;
  private isStopped = false;
  private wake: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly connection: ReplicaConnection,
    private readonly positions: ReplicationPositions,
    private readonly maxLagMs: number,
    private readonly clock: Clock,
  ) {}

  /** How old its data may be at most; undefined where that is not known. */
  get stalenessMs(): number | undefined {
    return this.position && this.clock.elapsedMs() - this.position.askedAtMs;
  }

  /** It answers and does not lag, as far as anybody here can say. */
  get isUsable(): boolean {
    const limitMs = this.positions.isPrimaryUnavailable ? replicationPolicy.awayMs : this.maxLagMs;
    return this.stalenessMs !== undefined && this.stalenessMs <= limitMs;
  }

  /** It is usable and has all that was committed before that moment. */
  hasReached(epoch: number): boolean {
    return this.position !== undefined && this.position.epoch >= epoch && this.isUsable;
  }

  /** Fails as BoundedReader does; one that does not answer is left out from then on. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    try {
      return await this.connection.read<Row>(statement, limitMs);
    } catch (error) {
      if (isConnectionLost(error) || error instanceof ConnectionHungError) this.exclude(error);
      throw error;
    }
  }

  /** Until it is stopped; looks once a second, and at once when a new moment has begun. */
  follow(): void {
    this.following ??= this.followUntilStopped();
  }

  checkNow(): void {
    this.wake();
  }

  /** One that is just being opened is closed when it is. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    await closed(Promise.resolve(this.following));
  }

  private async followUntilStopped(): Promise<void> {
    while (!this.isStopped) {
      const epoch = this.positions.current;
      const isBehind = await this.check();
      if (!isBehind && epoch === this.positions.current) await this.pause();
    }
    await this.connection.close();
  }

  /** True where it answers and still lacks something. */
  private async check(): Promise<boolean> {
    const primary = await this.positions.fetchLatest().catch((error: unknown) => this.keepPosition(error));
    if (primary === undefined) return false;
    try {
      await this.connection.open();
      if (this.isStopped) return false;
      return !(await this.waitFor(primary));
    } catch (error) {
      if (isOverloaded(error)) this.keepPosition(error);
      else this.exclude(error);
      return false;
    }
  }

  /** False if the server waited in vain. NULL comes without a wait, so asking again at once would be a busy loop. */
  private async waitFor(primary: PrimaryPosition): Promise<boolean> {
    const { waitMs, limitMs } = replicationPolicy;
    const question = waitForPosition(primary.gtids, primary.server, waitMs);
    const [answer] = await this.connection.read<{ outcome: number | null; server: string }>(question, limitMs);
    const isOther = this.server !== undefined && this.server !== answer?.server;
    this.server = answer?.server;
    if (isOther) throw new Error('another server has its name now; one name has to be one server');
    const hasReached = answer?.outcome === 0;
    if (hasReached && primary.askedAtMs >= (this.position?.askedAtMs ?? 0)) this.position = primary;
    this.setStatus('it lags');
    return hasReached || answer?.outcome === null;
  }

  /** Where it could not be asked, nothing is known against it; it ages. */
  private keepPosition(error: unknown): undefined {
    this.setStatus(messageOf(error));
  }

  private exclude(error: unknown): void {
    this.position = undefined;
    this.setStatus(messageOf(error));
  }

  private setStatus(reason: string): void {
    const status = this.isUsable ? IN_USE : `is left out: ${reason}`;
    if (status === this.status || this.isStopped) return;
    this.status = status;
    if (status === IN_USE) this.logger.log(`${this.name} ${status}`);
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
