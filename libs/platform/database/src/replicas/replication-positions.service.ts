/**
 * Replication positions of the primary, as GTIDs. A replica that has reached a position has all changes that were
 * committed when the position was requested. Each announced change begins a new epoch; positions requested in that
 * epoch include the change.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import { isConnectionLost, isStatementTimeout } from '../connection/driver-error';
import { sql } from '../statements/sql';
import { serverKindOf, type ServerKind } from '../statements/statement-limit';
import { select } from '../statements/statements.provider';
import { WriteDatabase } from '../writing/write-database.provider';
import { primaryPosition } from './gtid-statements';
import { replicationPolicy } from './replication.policy';

export interface PrimaryPosition {
  readonly gtids: string;
  readonly server: ServerKind;
  readonly epoch: number;
  /** Monotonic time of this process. */
  readonly requestedAtMs: number;
}

@Injectable()
export class ReplicationPositions {
  /**
   * As seen by this process. A change announced by another process begins a new epoch, which no replica has reached.
   */
  isPrimaryUnavailable = false;
  private version = '';
  private epoch = 0;
  private server: ServerKind | undefined;
  private last: PrimaryPosition | undefined;
  private outcomeRequestedAtMs = -Infinity;

  constructor(
    private readonly writes: WriteDatabase,
    private readonly clock: Clock,
  ) {}

  get current(): number {
    return this.epoch;
  }

  /** Returns the epoch of the version; a new version begins a new epoch. */
  epochOf(version: string): number {
    if (version !== this.version) {
      this.version = version;
      this.epoch += 1;
    }
    return this.epoch;
  }

  /**
   * Reads the position; returns the last known one while the primary is unavailable. Throws if none is known or no
   * connection is free.
   */
  async fetchLatest(): Promise<PrimaryPosition> {
    const request = { epoch: this.epoch, requestedAtMs: this.clock.elapsedMs() };
    try {
      const latest = { ...(await this.readPosition()), ...request };
      if (this.recordOutcome(request.requestedAtMs, false)) this.last = latest;
      return latest;
    } catch (error) {
      const isUnavailable = isConnectionLost(error) || isStatementTimeout(error);
      this.recordOutcome(request.requestedAtMs, isUnavailable);
      if (!isUnavailable || this.last === undefined) throw error;
      return this.last;
    }
  }

  /** Returns false if the outcome of a later request is already recorded. */
  private recordOutcome(requestedAtMs: number, isUnavailable: boolean): boolean {
    if (requestedAtMs < this.outcomeRequestedAtMs) return false;
    this.outcomeRequestedAtMs = requestedAtMs;
    this.isPrimaryUnavailable = isUnavailable;
    return true;
  }

  /** Uses the pool for writes, which reads cannot exhaust. */
  private readPosition(): Promise<Pick<PrimaryPosition, 'gtids' | 'server'>> {
    return this.writes.run(replicationPolicy.positionDeadlineMs, async (manager) => {
      const version = sql`SELECT VERSION() AS version`;
      this.server ??= serverKindOf((await select<{ version: string }>(manager, version))[0]?.version ?? '');
      const [row] = await select<{ position: string }>(manager, primaryPosition[this.server]);
      if (!row?.position) throw new Error(NO_GTIDS);
      return { gtids: row.position, server: this.server };
    });
  }
}

const NO_GTIDS = 'the primary has no GTIDs: enable log_bin, and on MySQL gtid_mode=ON';
