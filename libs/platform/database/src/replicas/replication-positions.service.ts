/**
 * Places in the primary's log of changes: a replica that has passed one has all that was committed on the primary when
 * it was asked for. Every change that readers have to see begins a new moment; milestones that were asked for in it
 * have that change.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import { isConnectionLost, isStatementTimeout } from '../driver-error';
import { sql } from '../sql';
import { serverKindOf, type ServerKind } from '../statement-limit';
import { select } from '../statements.provider';
import { WriteDatabase } from '../write-database.provider';
import { primaryPosition } from './gtid-statements';
import { replicationPolicy } from './replication.policy';

export interface PrimaryPosition {
  readonly gtids: string;
  readonly server: ServerKind;
  readonly epoch: number;
  /** By the clock of this process that never goes back. */
  readonly askedAtMs: number;
}

@Injectable()
export class ReplicationPositions {
  /** Nobody here can ask it. Others may: what they change and announce begins a new moment, which no replica has then. */
  isPrimaryUnavailable = false;
  private version = '';
  private epoch = 0;
  private server: ServerKind | undefined;
  private last: PrimaryPosition | undefined;
  private outcomeAskedAtMs = -Infinity;

  constructor(
    private readonly writes: WriteDatabase,
    private readonly clock: Clock,
  ) {}

  get current(): number {
    return this.epoch;
  }

  /** Another version than the one before begins another moment. */
  epochOf(version: string): number {
    if (version !== this.version) {
      this.version = version;
      this.epoch += 1;
    }
    return this.epoch;
  }

  /** The last one that is known while the primary is away. Throws where there is none, or the primary has no time. */
  async fetchLatest(): Promise<PrimaryPosition> {
    const asked = { epoch: this.epoch, askedAtMs: this.clock.elapsedMs() };
    try {
      const latest = { ...(await this.readPosition()), ...asked };
      if (this.recordOutcome(asked.askedAtMs, false)) this.last = latest;
      return latest;
    } catch (error) {
      const isAway = isConnectionLost(error) || isStatementTimeout(error);
      this.recordOutcome(asked.askedAtMs, isAway);
      if (!isAway || this.last === undefined) throw error;
      return this.last;
    }
  }

  /** False where somebody who asked later was answered before. */
  private recordOutcome(askedAtMs: number, isAway: boolean): boolean {
    if (askedAtMs < this.outcomeAskedAtMs) return false;
    this.outcomeAskedAtMs = askedAtMs;
    this.isPrimaryUnavailable = isAway;
    return true;
  }

  /** Through the connections for writing, which reads cannot use up. */
  private readPosition(): Promise<Pick<PrimaryPosition, 'gtids' | 'server'>> {
    return this.writes.run(replicationPolicy.positionDeadlineMs, async (manager) => {
      const version = sql`SELECT VERSION() AS version`;
      this.server ??= serverKindOf((await select<{ version: string }>(manager, version))[0]?.version ?? '');
      const [found] = await select<{ position: string }>(manager, primaryPosition[this.server]);
      if (!found?.position) throw new Error(NO_LOG);
      return { gtids: found.position, server: this.server };
    });
  }
}

const NO_LOG = 'the primary has no GTIDs to follow it by: it needs log_bin, and on MySQL gtid_mode=ON';
