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
import { positionOf } from './replication-position';
import { replicationPolicy } from './replication.policy';

export interface Milestone {
  readonly position: string;
  readonly server: ServerKind;
  readonly moment: number;
  /** By the clock of this process that never goes back. */
  readonly askedAtMs: number;
}

@Injectable()
export class Milestones {
  /** Nobody here can ask it. Others may: what they change and announce begins a new moment, which no replica has then. */
  isPrimaryAway = false;
  private version = '';
  private moment = 0;
  private server: ServerKind | undefined;
  private last: Milestone | undefined;
  private judgedAtMs = -Infinity;

  constructor(
    private readonly writes: WriteDatabase,
    private readonly clock: Clock,
  ) {}

  get current(): number {
    return this.moment;
  }

  /** Another version than the one before begins another moment. */
  momentOf(version: string): number {
    if (version !== this.version) {
      this.version = version;
      this.moment += 1;
    }
    return this.moment;
  }

  /** The last one that is known while the primary is away. Throws where there is none, or the primary has no time. */
  async newest(): Promise<Milestone> {
    const asked = { moment: this.moment, askedAtMs: this.clock.elapsedMs() };
    try {
      const milestone = { ...(await this.ask()), ...asked };
      if (this.judge(asked.askedAtMs, false)) this.last = milestone;
      return milestone;
    } catch (error) {
      const isAway = isConnectionLost(error) || isStatementTimeout(error);
      this.judge(asked.askedAtMs, isAway);
      if (!isAway || this.last === undefined) throw error;
      return this.last;
    }
  }

  /** False where somebody who asked later was answered before. */
  private judge(askedAtMs: number, isAway: boolean): boolean {
    if (askedAtMs < this.judgedAtMs) return false;
    this.judgedAtMs = askedAtMs;
    this.isPrimaryAway = isAway;
    return true;
  }

  /** Through the connections for writing, which reads cannot use up. */
  private ask(): Promise<Pick<Milestone, 'position' | 'server'>> {
    return this.writes.run(replicationPolicy.positionDeadlineMs, async (manager) => {
      const version = sql`SELECT VERSION() AS version`;
      this.server ??= serverKindOf((await select<{ version: string }>(manager, version))[0]?.version ?? '');
      const [found] = await select<{ position: string }>(manager, positionOf[this.server]);
      if (!found?.position) throw new Error(NO_LOG);
      return { position: found.position, server: this.server };
    });
  }
}

const NO_LOG = 'the primary has no GTIDs to follow it by: it needs log_bin, and on MySQL gtid_mode=ON';
