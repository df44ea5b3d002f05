/** Processes of the built service with event handlers for tests, and access to the events and their effects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { productsSchema } from '@features/products';
import { webhookSchema } from '@features/webhook';
import { DatabaseIdentity, migrate } from '@platform/database';
import type { DataSource } from 'typeorm';
import { withDataSource } from './data-source';
import type { TestDatabase } from './databases';
import { firstAnswer, start, type Running } from './processes';
import { freePort } from './servers';

export interface Replica extends Running {
  readonly url: string;
  /** What it said on standard error so far. */
  readonly stderr: () => string;
}

type Settings = Readonly<Record<string, string>>;

/** How often an event with the id was applied. */
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
  ) {}

  /** The schema, and a table that effects leave their traces in. */
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
    await firstAnswer(`${url}/problems/internal-error`, running);
    return { ...running, url, stderr: () => stderr };
  }

  /** A command that goes on until it is stopped. */
  start(app: 'api' | 'cli', args: readonly string[], settings: Settings = {}): Running {
    const own = { NODE_ENV: 'test', LOG_LEVEL: 'warn', RATE_LIMIT_MAX: '0', WEBHOOK_RATE_LIMIT_MAX: '0' };
    const preload = { NODE_OPTIONS: `--require ${join(__dirname, 'test-effects.cjs')}` };
    const environment = { ...own, ...preload, ...this.database.environment, ...this.settings, ...settings };
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

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', ...some: Running[]): Promise<void> {
    const ending = some.length > 0 ? some : [...this.running];
    for (const { child } of ending) child.kill(signal);
    await Promise.all(ending.map(({ finished }) => finished));
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  applied(): Promise<Applied[]> {
    return this.onDatabase((dataSource) =>
      dataSource.query('SELECT event_id AS eventId, COUNT(*) AS times FROM test_effects GROUP BY event_id'),
    );
  }

  /** Events that are not finished, and changes whose invalidation is not published. */
  async open(): Promise<number> {
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

  /** Of what the replicas keep in Redis. */
  namespace(): Promise<string> {
    return this.onDatabase(async (dataSource) => {
      const identity = new DatabaseIdentity(dataSource);
      await identity.load();
      return identity.namespace ?? '';
    });
  }

  /** On a connection of its own. */
  onDatabase<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
    return withDataSource(this.database, [productsSchema, webhookSchema], work);
  }
}

/** The status, or undefined if there was no response in time. */
export async function send(url: string, eventId: string, body: object, withinMs = 2_000): Promise<number | undefined> {
  try {
    const answer = await fetch(`${url}/webhook`, {
      method: 'POST',
      headers: { 'x-event-id': eventId, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(withinMs),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}

/** As a sender does: again and again, at one replica after the other, until a 2xx. Gives all the statuses. */
export async function sendUntilAccepted(urls: readonly string[], eventId: string, body: object) {
  const statuses: (number | undefined)[] = [];
  for (let at = 0; ; at++) {
    const status = await send(urls[at % urls.length]!, eventId, body);
    statuses.push(status);
    if (status === 202 || status === 200) return statuses;
    await delay(50);
  }
}
