/**
 * Which database this process works on, as a namespace for stores that several databases may share. Unknown until the
 * database has been opened and has the table.
 */
import { Injectable } from '@nestjs/common';
import { withTimeout } from '@platform/resilience';
import { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../connection-errors';
import { dialectOf } from '../dialect';
import { OPEN_DEADLINE_MS } from '../reading.policy';
import { toNamespace, type StoredIdentity } from './namespace';

const READ = {
  mysql: 'SELECT value, DATABASE() AS databaseName FROM database_identity WHERE id = 1',
  sqlite: 'SELECT value, NULL AS databaseName FROM database_identity WHERE id = 1',
} as const;

const EMPTY = 'The table database_identity is empty. Insert an identity as docs/operations.md says (Redis)';

/** ER_NO_SUCH_TABLE. */
const NO_SUCH_TABLE = 1146;

@Injectable()
export class DatabaseIdentity {
  private known: string | undefined;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly dataSource: DataSource) {}

  /** Undefined while it is unknown; does not change afterwards. */
  get namespace(): string | undefined {
    return this.known;
  }

  /** Calls back once, when the namespace becomes known. */
  onKnown(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Does nothing if the schema has no identity yet. Throws DatabaseUnavailableError if the server does not answer in time, and an
   * error with the remedy if the table is empty, as after a restore of the schema alone.
   */
  async load(): Promise<void> {
    if (this.known !== undefined) return;
    const stored = await this.read();
    if (stored === undefined) return;
    this.known = toNamespace(stored);
    for (const listener of this.listeners.splice(0)) listener();
  }

  private async read(): Promise<StoredIdentity | undefined> {
    const reading = this.dataSource.query<StoredIdentity[]>(READ[dialectOf(this.dataSource)]);
    const toError = () =>
      new DatabaseUnavailableError(new Error('the server did not return the identity of the database in time'));
    try {
      const [stored] = await withTimeout(OPEN_DEADLINE_MS, reading, toError);
      if (stored === undefined) throw new Error(EMPTY);
      return stored;
    } catch (error) {
      if (isMissingTable(error)) return undefined;
      throw error;
    }
  }
}

function isMissingTable(error: unknown): boolean {
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  return errno === NO_SUCH_TABLE || String(message).includes('no such table');
}
