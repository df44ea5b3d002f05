/** Databases for unit tests: in-memory SQLite with virtual time and injected failures. */
import { DataSource, type EntityManager } from 'typeorm';
import { ConnectionHungError, NoConnectionError } from './connection/connection-errors';
import { toDataSourceOptions } from './data-source.provider';
import type { DatabaseSchema } from './schema/database.schema';
import { databaseNowMs } from './statements/database-time';
import { migrate } from './schema/migrations.provider';
import { trustedSql } from './statements/sql';
import { WriteDatabase } from './writing/write-database.provider';

export { databaseIdentitySchema } from './identity/database-identity.schema';
export { MAX_WAITING_READS, POOL_QUEUE_LIMIT } from './reading.policy';
export { MIN_WRITERS } from './writing.policy';
export { toDataSourceOptions };

/** Opens an empty in-memory database with the schemas; destroying the data source deletes it. */
export async function openSqlite(schemas: readonly DatabaseSchema[]): Promise<DataSource> {
  const dataSource = new DataSource(toDataSourceOptions({ kind: 'sqlite', file: ':memory:' }, schemas));
  await dataSource.initialize();
  await migrate(dataSource);
  return dataSource;
}

/** Makes SQLite use `Date`, and thus virtual time, in every test of the surrounding block. */
export function useVirtualDatabaseTime(): void {
  const original = databaseNowMs.sqlite;
  const define = (property: PropertyDescriptor) =>
    Object.defineProperty(databaseNowMs, 'sqlite', { configurable: true, enumerable: true, ...property });
  beforeEach(() => void define({ get: () => trustedSql(String(Date.now())) }));
  afterEach(() => void define({ value: original, writable: true }));
}

/** Factories for the errors of drivers and servers. */
export const databaseFailures = {
  deadlock: () => Object.assign(new Error('Deadlock found'), { code: 'ER_LOCK_DEADLOCK', errno: 1213 }),
  connectionLost: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  timeout: () => Object.assign(new Error('max_statement_time exceeded'), { code: 'ER_STATEMENT_TIMEOUT', errno: 1969 }),
  noConnection: () => new NoConnectionError('no connection became free'),
  busy: () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }),
  diskFull: () => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
} as const;

/**
 * `begin`: nothing is executed. `commit`: the work is executed and rolled back. `answer`: the work is committed and the
 * response is lost. `hang`: nothing is executed, and the call fails at its deadline.
 */
type FailureStep = 'begin' | 'commit' | 'answer' | 'hang';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** The write database of one process, with injected failures. */
export class UnreliableDatabase extends WriteDatabase {
  /** The deadline of each call, in milliseconds. */
  readonly deadlines: number[] = [];
  private readonly failures: { readonly error: () => Error; readonly step: FailureStep }[] = [];
  private resumed: Promise<void> = Promise.resolve();
  private isProcessHalted = false;
  private resumeProcess: () => void = () => undefined;

  override run<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    return this.call(deadlineMs, work, (controlled) => super.run(deadlineMs, controlled));
  }

  override runInTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    return this.call(deadlineMs, work, (controlled) => super.runInTransaction(deadlineMs, controlled));
  }

  /** Makes the next `times` calls fail. */
  failNext(times: number, error: () => Error, step: FailureStep = 'begin'): void {
    for (let index = 0; index < times; index++) this.failures.push({ error, step });
  }

  /** Removes all pending failures. */
  recover(): void {
    this.failures.length = 0;
  }

  /** Simulates a killed or paused process: calls wait for `resume`, and an open transaction is rolled back. */
  halt(): void {
    this.isProcessHalted = true;
    this.resumed = new Promise((resolve) => (this.resumeProcess = resolve));
  }

  resume(): void {
    this.isProcessHalted = false;
    this.resumeProcess();
  }

  private async call<T>(deadlineMs: number, work: Work<T>, execute: (controlled: Work<T>) => Promise<T>): Promise<T> {
    await this.resumed;
    this.deadlines.push(deadlineMs);
    const failure = this.failures.shift();
    if (failure?.step === 'begin') throw failure.error();
    if (failure?.step === 'hang') return hang(deadlineMs);
    statementsInProgress += 1;
    try {
      const result = await execute(async (manager) => {
        const worked = await work(manager);
        if (failure?.step === 'commit') throw failure.error();
        if (this.isProcessHalted) throw new Error('the process was killed during the transaction');
        return worked;
      });
      if (failure?.step === 'answer') throw failure.error();
      return result;
    } finally {
      statementsInProgress -= 1;
      await this.resumed;
    }
  }
}

/**
 * Advances virtual time from timer to timer. Before each timer, and at the end, it waits for all calls of an
 * UnreliableDatabase that can finish.
 */
export async function advanceWithDatabase(ms: number): Promise<void> {
  const end = { isReached: false };
  setTimeout(() => (end.isReached = true), ms);
  await finishStatements();
  while (!end.isReached) {
    jest.advanceTimersToNextTimer();
    await finishStatements();
  }
}

let statementsInProgress = 0;

/** Iterations of the real event loop without a statement in progress. */
const IDLE_ITERATIONS = 4;

/** Upper bound, because a transaction may wait for the test itself. */
const MAX_ITERATIONS = 100;

async function finishStatements(): Promise<void> {
  let idleIterations = 0;
  for (let iteration = 0; iteration < MAX_ITERATIONS && idleIterations < IDLE_ITERATIONS; iteration++) {
    await new Promise((resolve) => setImmediate(resolve));
    idleIterations = statementsInProgress === 0 ? idleIterations + 1 : 0;
  }
}

function hang(deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new ConnectionHungError(deadlineMs)), deadlineMs));
}
