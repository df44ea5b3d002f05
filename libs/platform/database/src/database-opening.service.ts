/**
 * Opens the database once it can be reached: first for whoever makes or checks its schema, then for all. Until then
 * reads and writes fail as they do while it is away.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { within } from '@platform/resilience';
import { DataSource } from 'typeorm';
import { DatabaseAwayError } from './connection-errors';
import { dialectOf } from './dialect';
import { isConnectionLost } from './driver-error';
import { OPEN_DEADLINE_MS } from './reading.policy';
import { WRITES } from './write-database.provider';

@Injectable()
export class DatabaseOpening {
  constructor(
    private readonly dataSource: DataSource,
    @InjectDataSource(WRITES) private readonly writes: DataSource,
  ) {}

  /**
   * What is `first` to be done has the database for itself. Throws DatabaseAwayError where the server cannot be reached
   * or does not let us in, after which it may be called again; and what `first` throws.
   */
  async open(first?: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    if (first !== undefined) await this.alone(first);
    for (const each of [this.dataSource, this.writes]) if (!each.isInitialized) await reach(each);
  }

  private async alone(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    const own = await reach(new DataSource(this.dataSource.options));
    try {
      await work(own);
    } catch (error) {
      throw isConnectionLost(error) ? new DatabaseAwayError(error) : error;
    } finally {
      await own.destroy();
    }
  }
}

/** A file that cannot be opened stays so; a server may come back. */
async function reach(dataSource: DataSource): Promise<DataSource> {
  if (dialectOf(dataSource) === 'sqlite') return dataSource.initialize();
  const opening = dataSource.initialize();
  try {
    const giveUp = () => new Error(`the server did not answer within ${OPEN_DEADLINE_MS} ms`);
    return await within(OPEN_DEADLINE_MS, opening, giveUp);
  } catch (error) {
    void opening.then(
      () => dataSource.destroy(),
      () => undefined,
    );
    throw new DatabaseAwayError(error);
  }
}
