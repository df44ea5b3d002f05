/** Build state of the search index: in an older catalogue it must be built before it can be queried. */
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import type { EntityManager } from 'typeorm';
import { CatalogueReader, type ReadSession } from './catalogue.reader';

interface State {
  readonly isComplete: number;
  readonly nextBlock: number | null;
}

@Injectable()
export class SearchIndexStateRepository {
  constructor(private readonly reader: CatalogueReader) {}

  /** Reads the state on the server of the session, because a replica may lag behind. */
  async isComplete(session?: ReadSession): Promise<boolean> {
    return (await this.find(session))?.isComplete === 1;
  }

  /** Returns the block at which a reindex resumes; null if none is in progress. */
  async nextBlock(): Promise<number | null> {
    return (await this.find())?.nextBlock ?? null;
  }

  async setNextBlock(manager: EntityManager, block: number): Promise<void> {
    await manager.query('UPDATE search_index_state SET next_block = ? WHERE id = 1', [block]);
  }

  async setComplete(manager: EntityManager): Promise<void> {
    await manager.query('UPDATE search_index_state SET is_complete = 1, next_block = NULL WHERE id = 1');
  }

  private async find(session?: ReadSession): Promise<State | undefined> {
    const statement = sql`SELECT is_complete AS isComplete, next_block AS nextBlock FROM search_index_state WHERE id = 1`;
    const [state] = await (session === undefined
      ? this.reader.readFromPrimary<State>(statement)
      : session.read<State>(statement));
    return state;
  }
}
