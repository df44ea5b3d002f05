import type { BoundedReader } from '../bounded.reader';
import { isConnectionLost, isOverloaded } from '../driver-error';
import { ConnectionHungError } from '../connection-errors';
import type { SqlFragment } from '../sql';
import type { Replica } from './replica.provider';

/** Statements of which none sees data that is older than what one before it saw. */
export interface ReadView {
  /** As BoundedReader does, each within the limit of the view. */
  read<Row>(statement: SqlFragment): Promise<Row[]>;
}

/** Keeps to one server. Where a replica fails it goes on at the primary, which has whatever the replica had. */
export class PinnedView implements ReadView {
  constructor(
    private replica: Replica | undefined,
    private readonly primary: BoundedReader,
    private readonly limitMs: number,
  ) {}

  async read<Row>(statement: SqlFragment): Promise<Row[]> {
    if (this.replica === undefined) return this.primary.read<Row>(statement, this.limitMs);
    try {
      return await this.replica.read<Row>(statement, this.limitMs);
    } catch (error) {
      if (!isOfServer(error)) throw error;
      this.replica = undefined;
      return this.primary.read<Row>(statement, this.limitMs);
    }
  }
}

/** It is the server that cannot answer, and not the statement that takes too long or is wrong. */
function isOfServer(error: unknown): boolean {
  return isConnectionLost(error) || isOverloaded(error) || error instanceof ConnectionHungError;
}
