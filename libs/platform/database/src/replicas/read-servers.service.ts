/**
 * Where the catalogue is read: from replicas that keep up, in turn, else from the primary. A view shows nothing older
 * than the version of the catalogue that it was asked for; just after a change that is the primary's task, until a
 * replica has the change as well. Without replicas everything is read from the primary.
 */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { DataSource } from 'typeorm';
import { BoundedReader } from '../bounded.reader';
import { toReplicaOptions } from '../data-source.provider';
import { Milestones } from './milestones.service';
import { PinnedView, type ReadView } from './pinned-view.provider';
import { Replica } from './replica.provider';

@Injectable()
export class ReadServers implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly replicas: readonly Replica[];
  private turn = 0;

  constructor(
    { database }: AppConfig,
    private readonly primary: BoundedReader,
    private readonly milestones: Milestones,
    clock: Clock,
  ) {
    this.replicas =
      database.kind === 'sqlite'
        ? []
        : database.replicas.map((address) => {
            const dataSource = new DataSource(toReplicaOptions(database, address));
            const name = `${address.host}:${address.port}`;
            return new Replica(name, dataSource, milestones, database.replicaMaxLagSeconds * 1_000, clock);
          });
  }

  onApplicationBootstrap(): void {
    for (const each of this.replicas) void each.follow();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.replicas.map((each) => each.stop()));
  }

  /** `version` names all that was committed until now as far as this process has heard; `limitMs` is of each statement. */
  view(version: string, limitMs: number): ReadView {
    return new PinnedView(this.choose(version), this.primary, limitMs);
  }

  private choose(version: string): Replica | undefined {
    if (this.replicas.length === 0) return undefined;
    const before = this.milestones.current;
    const moment = this.milestones.momentOf(version);
    if (moment !== before) for (const each of this.replicas) each.lookAgain();
    this.turn += 1;
    const inTurn = this.replicas.filter((each) => each.has(moment));
    return inTurn[this.turn % inTurn.length];
  }
}
