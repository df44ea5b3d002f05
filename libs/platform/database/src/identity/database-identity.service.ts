/**
 * Identifies the database of this process, as a namespace in stores that several databases share. Unknown until the
 * database is open and has the table.
 */
import { Injectable } from '@nestjs/common';
import { withDeadline } from '@platform/resilience';
import { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from '../connection/connection-errors';
import { OPEN_DEADLINE_MS } from '../reading.policy';
import { dialectOf } from '../statements/dialect';
import { toNamespace, type StoredIdentity } from './namespace';

const READ_IDENTITY = {
  mysql: 'SELECT value, DATABASE() AS databaseName FROM database_identity WHERE id = 1',
  sqlite: 'SELECT value, NULL AS databaseName FROM database_identity WHERE id = 1',
} as const;

const EMPTY = 'The table database_identity is empty. Insert an identity as described in docs/operations.md (Redis)';

/** ER_NO_SUCH_TABLE. */
const NO_SUCH_TABLE = 1146;

@Injectable()
export class DatabaseIdentity {
  private loaded: string | undefined;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly dataSource: DataSource) {}

  /** Undefined until `load` has read it; constant afterwards. */
  get namespace(): string | undefined {
    return this.loaded;
  }

  /** Calls the listener once, when the namespace becomes known. */
  onKnown(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Reads the namespace once; does nothing if the schema has no identity table yet. Throws DatabaseUnavailableError if
   * the server does not respond in time. Throws an error with the remedy if the table is empty, for example after a
   * restore of the schema alone.
   */
  async load(): Promise<void> {
    if (this.loaded !== undefined) return;
    const stored = await this.read();
    if (stored === undefined) return;
    this.loaded = toNamespace(stored);
    for (const listener of this.listeners.splice(0)) listener();
  }

  private async read(): Promise<StoredIdentity | undefined> {
    const query = this.dataSource.query<StoredIdentity[]>(READ_IDENTITY[dialectOf(this.dataSource)]);
    const toError = () =>
      new DatabaseUnavailableError(new Error('the server did not return the database identity in time'));
    try {
      const [stored] = await withDeadline(OPEN_DEADLINE_MS, query, toError);
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
