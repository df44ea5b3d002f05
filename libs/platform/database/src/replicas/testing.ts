/** A primary and its replicas in memory. The data of a server is the number of transactions that it has applied. */
import type { AppConfig } from '@platform/config';
import { advance, TestClock } from '@testing/resilience';
import type { BoundedReader } from '../bounded.reader';
import { ConnectionHungError } from '../connection-errors';
import { HANG_GRACE_MS } from '../reading.policy';
import { sql, type SqlFragment } from '../sql';
import type { ServerKind } from '../statement-limit';
import { databaseFailures } from '../testing';
import type { WriteDatabase } from '../write-database.provider';
import { ReplicationPositions } from './replication-positions.service';
import { ReplicaRouter } from './replica-router.service';
import type { ReplicaConnection, ReplicaConnections } from './replica-connections.provider';

/** One row of a read. */
export interface Seen {
  readonly server: string;
  readonly transactions: number;
}

const STATEMENT = sql`SELECT transactions FROM data`;
const READ_LIMIT_MS = 100;

export const { connectionLost } = databaseFailures;

export class FakePrimary {
  committed = 0;
  kind: ServerKind = 'mariadb';
  hasLog = true;
  /** With which each statement fails. */
  failure: Error | undefined;
  positionsRead = 0;

  readonly reader = { read: () => this.answer([{ server: 'primary', transactions: this.committed }]) };
  readonly writes = {
    run: <T>(_deadlineMs: number, work: (manager: unknown) => Promise<T>) =>
      work({ query: (text: string) => this.query(text) }),
  };

  private query(text: string): Promise<unknown[]> {
    if (text.includes('VERSION()')) return this.answer([{ version: VERSIONS[this.kind] }]);
    this.positionsRead += 1;
    return this.answer([{ position: this.hasLog ? `0-1-${this.committed}` : '' }]);
  }

  private answer<T>(rows: T[]): Promise<T[]> {
    return this.failure === undefined ? Promise.resolve(rows) : Promise.reject(this.failure);
  }
}

export class FakeReplica implements ReplicaConnection {
  applied = 0;
  kind: ServerKind = 'mariadb';
  /** Identity of the server that answers under this address. */
  server: string;
  failure: Error | undefined;
  isHanging = false;
  /** If it answers the question for a position with NULL. */
  isWithoutPosition = false;
  opensAfterMs = 0;
  isOpen = false;
  isClosed = false;
  positionsAsked = 0;

  constructor(
    readonly name: string,
    private readonly clock: TestClock,
  ) {
    this.server = name;
  }

  async open(): Promise<void> {
    if (this.opensAfterMs > 0) await this.clock.sleep(this.opensAfterMs);
    this.isOpen = true;
  }

  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    const isPosition = statement.text.includes('GTID');
    if (isPosition) this.positionsAsked += 1;
    if (this.isHanging) {
      await this.clock.sleep(limitMs + HANG_GRACE_MS);
      throw new ConnectionHungError(limitMs);
    }
    if (this.failure !== undefined) throw this.failure;
    if (isPosition && !statement.text.includes(WAITS[this.kind])) throw new Error('FUNCTION does not exist');
    const row = isPosition ? await this.waitFor(statement) : { server: this.server, transactions: this.applied };
    return [row as Row];
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  private async waitFor({ values: [position, seconds] }: SqlFragment) {
    const wanted = Number(String(position).split('-').at(-1));
    const endsAtMs = this.clock.elapsedMs() + Number(seconds) * 1_000;
    if (this.isWithoutPosition) await this.clock.sleep(1);
    else while (this.applied < wanted && this.clock.elapsedMs() < endsAtMs) await this.clock.sleep(1);
    const outcome = this.applied >= wanted ? 0 : TIMED_OUT[this.kind];
    return { outcome: this.isWithoutPosition ? null : outcome, server: this.server };
  }
}

/** A process that reads from `replicaNames`; `commit` is a change that it makes or receives notice of. */
export class FakeReplication {
  readonly clock = new TestClock();
  readonly primary = new FakePrimary();
  readonly replicas: readonly FakeReplica[];
  readonly maxLagMs = 2_000;
  readonly router: ReplicaRouter;
  readonly positions: ReplicationPositions;
  /** Names the catalogue as it is now. */
  private version = 'v0';

  constructor(...replicaNames: string[]) {
    this.replicas = replicaNames.map((name) => new FakeReplica(name, this.clock));
    const addresses = replicaNames.map((host) => ({ host, port: 3306 }));
    const database = { kind: 'mysql', replicas: addresses, replicaMaxLagSeconds: this.maxLagMs / 1_000 };
    const connections: Pick<ReplicaConnections, 'to'> = {
      to: (_, { host }) => this.replicas.find(({ name }) => name === host)!,
    };
    this.positions = new ReplicationPositions(this.primary.writes as unknown as WriteDatabase, this.clock);
    this.router = new ReplicaRouter(
      { database } as unknown as AppConfig,
      this.primary.reader as unknown as BoundedReader,
      this.positions,
      this.clock,
      connections,
    );
  }

  /** Until each replica that answers has been checked. */
  async follow(): Promise<void> {
    await this.read();
    this.router.follow();
    await advance(0);
  }

  /** A transaction that is announced to this process. */
  commit(): void {
    this.primary.committed += 1;
    this.version = `v${this.primary.committed}`;
  }

  /** One read in a session of its own. */
  read(): Promise<Seen> {
    return this.session().read();
  }

  session() {
    const session = this.router.openSession(this.version);
    return {
      read: async (): Promise<Seen> => (await session.read<Seen>(STATEMENT, READ_LIMIT_MS))[0]!,
    };
  }

  async serversOf(reads: number): Promise<string[]> {
    const servers: string[] = [];
    for (let at = 0; at < reads; at++) servers.push((await this.read()).server);
    return servers;
  }
}

const VERSIONS = { mysql: '8.4.6', mariadb: '10.11.14-MariaDB-log' };
const WAITS = { mysql: 'WAIT_FOR_EXECUTED_GTID_SET(', mariadb: 'MASTER_GTID_WAIT(' };
const TIMED_OUT = { mysql: 1, mariadb: -1 };
