import type { BoundedReader } from '../bounded.reader';
import { ConnectionHungError } from '../connection-errors';
import { isConnectionLost, isOverloaded } from '../driver-error';
import type { SqlFragment } from '../sql';
import type { Replica } from './replica.provider';

/**
 * Statements of which none sees data that is older than what one before it saw: it keeps to one server, and where a
 * replica fails goes on at the primary, which has whatever the replica had.
 */
export class MonotonicReadSession {
  constructor(
    private replica: Pick<Replica, 'read'> | undefined,
    private readonly primary: Pick<BoundedReader, 'read'>,
  ) {}

  /** Fails as BoundedReader does. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    if (this.replica === undefined) return this.primary.read<Row>(statement, limitMs);
    try {
      return await this.replica.read<Row>(statement, limitMs);
    } catch (error) {
      if (!isOfServer(error)) throw error;
      this.replica = undefined;
      return this.primary.read<Row>(statement, limitMs);
    }
  }
}

/** It is the server that cannot answer, and not the statement that takes too long or is wrong. */
function isOfServer(error: unknown): boolean {
  return isConnectionLost(error) || isOverloaded(error) || error instanceof ConnectionHungError;
}
