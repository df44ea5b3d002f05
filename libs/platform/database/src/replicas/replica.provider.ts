/**
 * One replica: its known replication position, and reads from it. A loop checks whether it has reached the position of
 * the primary. It is used only after a successful check, and excluded after a failure. Its name must resolve to a
 * single server; with two servers, one could be checked and the other read.
 */
import { Logger } from '@nestjs/common';
import type { Clock } from '@platform/resilience';
import { ConnectionHungError } from '../connection/connection-errors';
import { isConnectionLost, isOverloaded } from '../connection/driver-error';
import { awaitClosed } from '../connection/opening.provider';
import type { SqlFragment } from '../statements/sql';
import { waitForPosition } from './gtid-statements';
import type { ReplicaConnection } from './replica-connections.provider';
import type { PrimaryPosition, ReplicationPositions } from './replication-positions.service';
import { replicationPolicy } from './replication.policy';

const IN_USE = 'is in use';

export class Replica {
  /** Status as logged. */
  status = 'is not checked yet';
  private readonly logger = new Logger('Replicas');
  private position: PrimaryPosition | undefined;
  private server: string | undefined;
  private loop: Promise<void> | undefined;
  private isStopped = false;
  /** Its abort ends the pause between two checks. */
  private pausing = new AbortController();

  constructor(
    readonly name: string,
    private readonly connection: ReplicaConnection,
    private readonly positions: ReplicationPositions,
    private readonly maxLagMs: number,
    private readonly clock: Clock,
  ) {}

  /** Upper bound of the replica lag, in ms; undefined if unknown. */
  get stalenessMs(): number | undefined {
    return this.position && this.clock.elapsedMs() - this.position.requestedAtMs;
  }

  /** True if its data is younger than the maximum lag or, during an outage of the primary, the maximum outage. */
  get isUsable(): boolean {
    const limitMs = this.positions.isPrimaryUnavailable ? replicationPolicy.primaryOutageMs : this.maxLagMs;
    return this.stalenessMs !== undefined && this.stalenessMs <= limitMs;
  }

  /** True if it is usable and has all changes announced up to that epoch. */
  hasReached(epoch: number): boolean {
    return this.position !== undefined && this.position.epoch >= epoch && this.isUsable;
  }

  /** Throws like BoundedReader. Excludes the replica if it does not respond. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    try {
      return await this.connection.read<Row>(statement, limitMs);
    } catch (error) {
      if (isConnectionLost(error) || error instanceof ConnectionHungError) this.exclude(error);
      throw error;
    }
  }

  /** Starts the check loop: once a second, at once after a new epoch, until `stop`. */
  follow(): void {
    this.loop ??= this.followUntilStopped();
  }

  checkNow(): void {
    this.pausing.abort();
  }

  /** Ends the loop. A connection that is being opened is closed once it is open. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.pausing.abort();
    await awaitClosed(Promise.resolve(this.loop));
  }

  private async followUntilStopped(): Promise<void> {
    while (!this.isStopped) {
      const epoch = this.positions.current;
      const isLagging = await this.check();
      if (!isLagging && epoch === this.positions.current) await this.pause();
    }
    await this.connection.close();
  }

  /** Returns true if the replica responds and lags. */
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

  /** Returns false if the wait timed out. NULL arrives without a wait, so an immediate retry would be a busy loop. */
  private async waitFor(primary: PrimaryPosition): Promise<boolean> {
    const { waitMs, limitMs } = replicationPolicy;
    const statement = waitForPosition(primary.gtids, primary.server, waitMs);
    const [row] = await this.connection.read<{ outcome: number | null; server: string }>(statement, limitMs);
    const isOtherServer = this.server !== undefined && this.server !== row?.server;
    this.server = row?.server;
    if (isOtherServer) throw new Error('another server responds under this name; each name must belong to one server');
    const hasReached = row?.outcome === 0;
    if (hasReached && primary.requestedAtMs >= (this.position?.requestedAtMs ?? 0)) this.position = primary;
    this.setStatus('it lags');
    return hasReached || row?.outcome === null;
  }

  /** Keeps the last position, which ages: without a check there is no sign of a failure. */
  private keepPosition(error: unknown): undefined {
    this.setStatus(messageOf(error));
  }

  private exclude(error: unknown): void {
    this.position = undefined;
    this.setStatus(messageOf(error));
  }

  private setStatus(reason: string): void {
    const status = this.isUsable ? IN_USE : `is excluded: ${reason}`;
    if (status === this.status || this.isStopped) return;
    this.status = status;
    if (status === IN_USE) this.logger.log(`${this.name} ${status}`);
    else this.logger.warn(`${this.name} ${status}`);
  }

  private async pause(): Promise<void> {
    if (this.isStopped) return; // `stop` was called during the check
    this.pausing = new AbortController();
    await this.clock.pause(replicationPolicy.checkIntervalMs, this.pausing.signal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
