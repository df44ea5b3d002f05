/** Databases for unit tests: embedded SQLite in memory, on virtual time, with failures on command. */
import { DataSource, type EntityManager } from 'typeorm';
import { ConnectionHungError, NoConnectionError } from './connection-errors';
import { toDataSourceOptions } from './data-source.provider';
import type { DatabaseSchema } from './database.schema';
import { databaseNowMs } from './database-time';
import { migrate } from './migrations.provider';
import { trustedSql } from './sql';
import { WriteDatabase } from './write-database.provider';

export { databaseIdentitySchema } from './identity/database-identity.schema';
export { MAX_WAITING_READS, POOL_QUEUE_LIMIT } from './reading.policy';
export { MIN_WRITERS } from './writing.policy';
export { toDataSourceOptions };

/** An empty database with these schemas. It is deleted when the data source is destroyed. */
export async function openSqlite(schemas: readonly DatabaseSchema[]): Promise<DataSource> {
  const dataSource = new DataSource(toDataSourceOptions({ kind: 'sqlite', file: ':memory:' }, schemas));
  await dataSource.initialize();
  await migrate(dataSource);
  return dataSource;
}

/** In every test of the surrounding block, the clock of SQLite is `Date`, which virtual time controls. */
export function useVirtualDatabaseTime(): void {
  const original = databaseNowMs.sqlite;
  const define = (property: PropertyDescriptor) =>
    Object.defineProperty(databaseNowMs, 'sqlite', { configurable: true, enumerable: true, ...property });
  beforeEach(() => void define({ get: () => trustedSql(String(Date.now())) }));
  afterEach(() => void define({ value: original, writable: true }));
}

/** Errors as drivers and servers throw them. */
export const databaseFailures = {
  lostRace: () => Object.assign(new Error('Deadlock found'), { code: 'ER_LOCK_DEADLOCK', errno: 1213 }),
  connectionLost: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  timeout: () => Object.assign(new Error('max_statement_time exceeded'), { code: 'ER_STATEMENT_TIMEOUT', errno: 1969 }),
  noConnection: () => new NoConnectionError('no connection was free'),
  busy: () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }),
  diskFull: () => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
} as const;

/**
 * `begin`: nothing is executed. `commit`: the work is executed and rolled back. `answer`: the work is committed and its
 * answer is lost. `hang`: nothing is executed, and the call fails at its deadline.
 */
type FailureStep = 'begin' | 'commit' | 'answer' | 'hang';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** The write database of one process, which fails on command. */
export class UnreliableDatabase extends WriteDatabase {
  /** The deadline of each call, in milliseconds. */
  readonly deadlines: number[] = [];
  private readonly failures: { readonly error: () => Error; readonly step: FailureStep }[] = [];
  private processRuns: Promise<void> = Promise.resolve();
  private isProcessHalted = false;
  private resumeProcess: () => void = () => undefined;

  override run<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    return this.call(deadlineMs, work, (controlled) => super.run(deadlineMs, controlled));
  }

  override runInTransaction<T>(deadlineMs: number, work: Work<T>): Promise<T> {
    return this.call(deadlineMs, work, (controlled) => super.runInTransaction(deadlineMs, controlled));
  }

  /** The next `times` calls fail. */
  failNext(times: number, error: () => Error, step: FailureStep = 'begin'): void {
    for (let index = 0; index < times; index++) this.failures.push({ error, step });
  }

  /** Calls fail no longer. */
  recover(): void {
    this.failures.length = 0;
  }

  /** As if the process were killed or paused: calls do not return until `resume`, and an open transaction is rolled back. */
  halt(): void {
    this.isProcessHalted = true;
    this.processRuns = new Promise((resolve) => (this.resumeProcess = resolve));
  }

  resume(): void {
    this.isProcessHalted = false;
    this.resumeProcess();
  }

  private async call<T>(deadlineMs: number, work: Work<T>, execute: (controlled: Work<T>) => Promise<T>): Promise<T> {
    await this.processRuns;
    this.deadlines.push(deadlineMs);
    const failure = this.failures.shift();
    if (failure?.step === 'begin') throw failure.error();
    if (failure?.step === 'hang') return hang(deadlineMs);
    statementsInProgress += 1;
    try {
      const result = await execute(async (manager) => {
        const worked = await work(manager);
        if (failure?.step === 'commit') throw failure.error();
        if (this.isProcessHalted) throw new Error('the process was killed in its transaction');
        return worked;
      });
      if (failure?.step === 'answer') throw failure.error();
      return result;
    } finally {
      statementsInProgress -= 1;
      await this.processRuns;
    }
  }
}

/**
 * Moves virtual time forward from timer to timer. Before each of them, and at the end, every call of an
 * UnreliableDatabase that can finish has finished.
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

/** Of the event loop, which is real. */
const IDLE_TURNS = 4;

/** A transaction whose work waits for the test does not end by itself. */
const MAX_TURNS = 100;

async function finishStatements(): Promise<void> {
  let idleTurns = 0;
  for (let turn = 0; turn < MAX_TURNS && idleTurns < IDLE_TURNS; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    idleTurns = statementsInProgress === 0 ? idleTurns + 1 : 0;
  }
}

function hang(deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new ConnectionHungError(deadlineMs)), deadlineMs));
}
