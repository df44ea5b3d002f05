/**
 * Routes catalogue reads to the replicas that keep up, round robin, otherwise to the primary. A session shows no data
 * older than its catalogue version, so after a change reads go to the primary until a replica has the change. Without
 * replicas, and before `startChecks`, all reads go to the primary.
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

  /** Starts the checks, once the primary is open. Commands of the CLI do not use replicas. */
  startChecks(): void {
    for (const each of this.replicas) each.follow();
  }

  /** True if a replica has all changes that this process has been notified of. */
  get hasCurrentReplica(): boolean {
    return this.replicas.some((each) => each.hasReached(this.positions.current));
  }

  /** Opens a session. `version` identifies the latest changes that this process has been notified of. */
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
