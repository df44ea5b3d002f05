/**
 * Where the catalogue is read: from replicas that keep up, in turn, else from the primary. A view shows nothing older
 * than the version of the catalogue that it was asked for; just after a change that is the primary's task, until a
 * replica has the change as well. Without replicas, and before they are followed, everything is read from the primary.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { BoundedReader } from '../bounded.reader';
import { ReplicationPositions } from './replication-positions.service';
import { MonotonicReadSession } from './monotonic-read-session.provider';
import { ReplicaConnections } from './replica-connections.provider';
import { Replica } from './replica.provider';

@Injectable()
export class ReplicaRouter implements OnApplicationShutdown {
  readonly replicas: readonly Replica[] = [];
  private nextIndex = 0;

  constructor(
    { database }: AppConfig,
    private readonly primary: BoundedReader,
    private readonly positions: ReplicationPositions,
    clock: Clock,
    connections: ReplicaConnections,
  ) {
    if (database.kind === 'sqlite') return;
    this.replicas = database.replicas.map((address) => {
      const connection = connections.to(database, address);
      const name = `${address.host}:${address.port}`;
      return new Replica(name, connection, positions, database.replicaMaxLagSeconds * 1_000, clock);
    });
  }

  onApplicationShutdown(): Promise<unknown> {
    return Promise.all(this.replicas.map((each) => each.stop()));
  }

  /** Once the primary is open. Commands do not: what they read, they read once. */
  follow(): void {
    for (const each of this.replicas) each.follow();
  }

  /** Whether there is a replica that shows nothing old, as far as this process has heard. */
  get hasCurrentReplica(): boolean {
    return this.replicas.some((each) => each.hasReached(this.positions.current));
  }

  /** `version` names all that was committed until now, as far as this process has heard. */
  openSession(version: string): MonotonicReadSession {
    return new MonotonicReadSession(this.replicas.length === 0 ? undefined : this.choose(version), this.primary);
  }

  private choose(version: string): Replica | undefined {
    const before = this.positions.current;
    const epoch = this.positions.epochOf(version);
    if (epoch !== before) for (const each of this.replicas) each.checkNow();
    const usable = this.replicas.filter((each) => each.hasReached(epoch));
    return usable.length === 0 ? undefined : usable[this.nextIndex++ % usable.length];
  }
}
