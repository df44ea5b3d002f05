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
  /** While it is, nobody can say what a replica lacks, and nothing is committed that it could lack. */
  isPrimaryAway = false;
  private version = '';
  private moment = 0;
  private server: ServerKind | undefined;
  private last: Milestone | undefined;

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

  /** The last one that is known while the primary is away. Throws where there is none. */
  async newest(): Promise<Milestone> {
    const asked = { moment: this.moment, askedAtMs: this.clock.elapsedMs() };
    try {
      const milestone = { ...(await this.ask()), ...asked };
      this.isPrimaryAway = false;
      this.last = milestone;
      return milestone;
    } catch (error) {
      this.isPrimaryAway = isConnectionLost(error) || isStatementTimeout(error);
      if (!this.isPrimaryAway || this.last === undefined) throw error;
      return this.last;
    }
  }

  /** Through the connections for writing, which reads cannot use up. */
  private ask(): Promise<Pick<Milestone, 'position' | 'server'>> {
    return this.writes.run(replicationPolicy.positionDeadlineMs, async (manager) => {
      this.server ??= serverKindOf(
        (await select<{ version: string }>(manager, sql`SELECT VERSION() AS version`))[0]?.version ?? '',
      );
      const [found] = await select<{ position: string }>(manager, positionOf[this.server]);
      if (!found?.position)
        throw new Error(
          'the primary keeps no log with GTIDs (log_bin, and on MySQL gtid_mode=ON), so none can be followed',
        );
      return { position: found.position, server: this.server };
    });
  }
}
