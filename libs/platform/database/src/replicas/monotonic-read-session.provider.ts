import type { BoundedReader } from '../bounded.reader';
import { ConnectionHungError } from '../connection/connection-errors';
import { isConnectionLost, isOverloaded } from '../connection/driver-error';
import type { SqlFragment } from '../statements/sql';
import type { Replica } from './replica.provider';

/**
 * Monotonic reads: no statement sees older data than the statement before it. The session stays on one server. If a
 * replica fails, it continues on the primary, which has all data of the replica.
 */
export class MonotonicReadSession {
  constructor(
    private replica: Pick<Replica, 'read'> | undefined,
    private readonly primary: Pick<BoundedReader, 'read'>,
  ) {}

  /** Throws like BoundedReader. */
  async read<Row>(statement: SqlFragment, limitMs: number): Promise<Row[]> {
    if (this.replica === undefined) return this.primary.read<Row>(statement, limitMs);
    try {
      return await this.replica.read<Row>(statement, limitMs);
    } catch (error) {
      if (!isServerFailure(error)) throw error;
      this.replica = undefined;
      return this.primary.read<Row>(statement, limitMs);
    }
  }
}

/** The server failed, as opposed to a statement that is slow or invalid. */
function isServerFailure(error: unknown): boolean {
  return isConnectionLost(error) || isOverloaded(error) || error instanceof ConnectionHungError;
}
