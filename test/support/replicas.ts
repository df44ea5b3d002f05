/** Processes of the built service with event handlers for tests, and access to their events and effects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogueSchema } from '@catalogue';
import { DatabaseIdentity, migrate } from '@platform/database';
import { inboxSchema } from '@platform/inbox';
import type { DataSource } from 'typeorm';
import { withDataSource } from './data-source';
import type { TestDatabase } from './databases';
import { firstResponse, start, type Running } from './processes';
import { freePort } from './servers/servers';

export interface Replica extends Running {
  readonly url: string;
  /** Returns the standard error output so far. */
  readonly stderr: () => string;
}

type Settings = Readonly<Record<string, string>>;

/** Number of times that an event was applied. */
export interface Applied {
  readonly eventId: string;
  readonly times: number;
}

export class Replicas {
  readonly directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  private readonly running = new Set<Running>();

  constructor(
    private readonly database: Pick<TestDatabase, 'config' | 'environment'>,
    private readonly settings: Settings = {},
    private readonly dropDatabase?: TestDatabase['drop'],
  ) {}

  /** Prepares a database for the replicas alone, which `remove` drops. */
  static async on(createDatabase: () => Promise<TestDatabase>, settings: Settings = {}): Promise<Replicas> {
    const database = await createDatabase();
    const replicas = new Replicas(database, settings, database.drop);
    await replicas.prepare();
    return replicas;
  }

  /** Creates the schema and the table `test_effects`, which has one row for each application of an event. */
  async prepare(): Promise<void> {
    await this.onDatabase(async (dataSource) => {
      await migrate(dataSource);
      const id = dataSource.options.type === 'mysql' ? 'BIGINT AUTO_INCREMENT' : 'INTEGER';
      await dataSource.query(`CREATE TABLE test_effects (id ${id} PRIMARY KEY, event_id VARCHAR(200) NOT NULL)`);
    });
  }

  async serve(settings: Settings = {}): Promise<Replica> {
    const port = settings['PORT'] ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const running = this.start('api', [], { ...settings, HOST: '127.0.0.1', PORT: String(port) });
    let stderr = '';
    running.child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
    await firstResponse(`${url}/problems/internal-error`, running);
    return { ...running, url, stderr: () => stderr };
  }

  /** Starts a process without waiting for it. */
  start(app: 'api' | 'cli', args: readonly string[], settings: Settings = {}): Running {
    const defaults = { NODE_ENV: 'test', LOG_LEVEL: 'warn', RATE_LIMIT_MAX: '0', WEBHOOK_RATE_LIMIT_MAX: '0' };
    const preload = { NODE_OPTIONS: `--require ${join(__dirname, 'test-handlers.cjs')}` };
    const environment = { ...defaults, ...preload, ...this.database.environment, ...this.settings, ...settings };
    const running = start(app, args, environment, this.directory);
    this.running.add(running);
    void running.finished.then(() => this.running.delete(running));
    return running;
  }

  async cli(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.start('cli', args).finished;
    if (code !== 0) throw new Error(stdout + stderr);
    return stdout;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', ...selected: Running[]): Promise<void> {
    const ending = selected.length > 0 ? selected : [...this.running];
    for (const { child } of ending) child.kill(signal);
    await Promise.all(ending.map(({ finished }) => finished));
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
    await this.dropDatabase?.();
  }

  applied(): Promise<Applied[]> {
    return this.onDatabase((dataSource) =>
      dataSource.query('SELECT event_id AS eventId, COUNT(*) AS times FROM test_effects GROUP BY event_id'),
    );
  }

  /** Returns the number of unfinished events. */
  async countUnfinished(): Promise<number> {
    const [row] = await this.onDatabase((dataSource) =>
      dataSource.query<{ open: number }[]>(
        `SELECT COUNT(*) AS open FROM webhook_events WHERE state IN ('RECEIVED', 'RETRY') OR lease_until_ms IS NOT NULL`,
      ),
    );
    return row?.open ?? 0;
  }

  async states(): Promise<Record<string, string>> {
    const rows = await this.onDatabase((dataSource) =>
      dataSource.query<{ eventId: string; state: string }[]>(
        'SELECT CAST(event_id AS CHAR) AS eventId, state FROM webhook_events',
      ),
    );
    return Object.fromEntries(rows.map(({ eventId, state }) => [eventId, state]));
  }

  /** Returns the Redis namespace of the replicas. */
  namespace(): Promise<string> {
    return this.onDatabase(async (dataSource) => {
      const identity = new DatabaseIdentity(dataSource);
      await identity.load();
      return identity.namespace ?? '';
    });
  }

  /** Runs `work` on a new connection to the database. */
  onDatabase<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
    return withDataSource(this.database, [catalogueSchema, inboxSchema], work);
  }
}

/** Sends an event. Returns the status, or undefined if no response arrives in time. */
export async function send(url: string, eventId: string, body: object, withinMs = 2_000): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/webhook`, {
      method: 'POST',
      headers: { 'x-event-id': eventId, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(withinMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Retries a delivery at the replicas in turn until one responds with 200 or 202. Returns all statuses. */
export async function sendUntilAccepted(urls: readonly string[], eventId: string, body: object) {
  const statuses: (number | undefined)[] = [];
  for (let at = 0; ; at++) {
    const status = await send(urls[at % urls.length]!, eventId, body);
    statuses.push(status);
    if (status === 202 || status === 200) return statuses;
    await delay(50);
  }
}
