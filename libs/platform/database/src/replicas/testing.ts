/** In-memory primary and replicas. The data of a server is the number of its applied transactions. */
import type { AppConfig } from '@platform/config';
import { advance, TestClock } from '@testing/resilience';
import type { BoundedReader } from '../bounded.reader';
import { ConnectionHungError } from '../connection/connection-errors';
import { HANG_GRACE_MS } from '../reading.policy';
import { sql, type SqlFragment } from '../statements/sql';
import type { ServerKind } from '../statements/statement-limit';
import { databaseFailures } from '../testing';
import type { WriteDatabase } from '../writing/write-database.provider';
import { ReplicationPositions } from './replication-positions.service';
import { ReplicaRouter } from './replica-router.service';
import type { ReplicaConnection, ReplicaConnections } from './replica-connections.provider';

/** One row of a read. */
export interface ReadRow {
  readonly server: string;
  readonly transactions: number;
}

const STATEMENT = sql`SELECT transactions FROM data`;
const READ_LIMIT_MS = 100;

export const { connectionLost } = databaseFailures;

export class FakePrimary {
  committed = 0;
  kind: ServerKind = 'mariadb';
  hasGtids = true;
  /** Error of each statement. */
  failure: Error | undefined;
  positionReads = 0;

  readonly reader = { read: () => this.respond([{ server: 'primary', transactions: this.committed }]) };
  readonly writes = {
    run: <T>(_deadlineMs: number, work: (manager: unknown) => Promise<T>) =>
      work({ query: (text: string) => this.query(text) }),
  };

  private query(text: string): Promise<unknown[]> {
    if (text.includes('VERSION()')) return this.respond([{ version: VERSIONS[this.kind] }]);
    this.positionReads += 1;
    return this.respond([{ position: this.hasGtids ? `0-1-${this.committed}` : '' }]);
  }

  private respond<T>(rows: T[]): Promise<T[]> {
    return this.failure === undefined ? Promise.resolve(rows) : Promise.reject(this.failure);
  }
}

export class FakeReplica implements ReplicaConnection {
  applied = 0;
  kind: ServerKind = 'mariadb';
  /** Identity of the server that responds at this address. */
  server: string;
  failure: Error | undefined;
  isHanging = false;
  /** If true, the wait for a position returns NULL. */
  returnsNull = false;
  openDelayMs = 0;
  isOpen = false;
  isClosed = false;
  positionWaits = 0;

  constructor(
    readonly name: string,
    private readonly clock: TestClock,
  ) {
    this.server = name;
  }

  async open(): Promise<void> {
    if (this.openDelayMs > 0) await this.clock.sleep(this.openDelayMs);
    this.isOpen = true;
  }

  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    const isPosition = statement.text.includes('GTID');
    if (isPosition) this.positionWaits += 1;
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
    const target = Number(String(position).split('-').at(-1));
    const deadlineAtMs = this.clock.elapsedMs() + Number(seconds) * 1_000;
    if (this.returnsNull) await this.clock.sleep(1);
    else while (this.applied < target && this.clock.elapsedMs() < deadlineAtMs) await this.clock.sleep(1);
    const outcome = this.applied >= target ? 0 : TIMED_OUT[this.kind];
    return { outcome: this.returnsNull ? null : outcome, server: this.server };
  }
}

/** A process that reads from the replicas; it is notified of each `commit`. */
export class FakeReplication {
  readonly clock = new TestClock();
  readonly primary = new FakePrimary();
  readonly replicas: readonly FakeReplica[];
  readonly maxLagMs = 2_000;
  readonly router: ReplicaRouter;
  readonly positions: ReplicationPositions;
  /** Current catalogue version. */
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

  /** Starts the checks and waits for the first one of each responding replica. */
  async follow(): Promise<void> {
    await this.read();
    this.router.startChecks();
    await advance(0);
  }

  /** Commits a transaction and announces it to the process. */
  commit(): void {
    this.primary.committed += 1;
    this.version = `v${this.primary.committed}`;
  }

  /** Reads once, in a session of its own. */
  read(): Promise<ReadRow> {
    return this.session().read();
  }

  session() {
    const session = this.router.openSession(this.version);
    return {
      read: async (): Promise<ReadRow> => (await session.read<ReadRow>(STATEMENT, READ_LIMIT_MS))[0]!,
    };
  }

  async serversOf(reads: number): Promise<string[]> {
    const servers: string[] = [];
    for (let index = 0; index < reads; index++) servers.push((await this.read()).server);
    return servers;
  }
}

const VERSIONS = { mysql: '8.4.6', mariadb: '10.11.14-MariaDB-log' };
const WAITS = { mysql: 'WAIT_FOR_EXECUTED_GTID_SET(', mariadb: 'MASTER_GTID_WAIT(' };
const TIMED_OUT = { mysql: 1, mariadb: -1 };
