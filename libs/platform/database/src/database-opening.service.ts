/**
 * Opens the database once it can be reached: first for whoever makes or checks its schema, then for all. Until then
 * reads and writes fail as they do while it is away.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from './connection-errors';
import { isConnectionLost } from './driver-error';
import { DatabaseIdentity } from './identity/database-identity.service';
import { closed, initialize, Opening, awaitReachable } from './opening.provider';
import { WRITES } from './write-database.provider';

@Injectable()
export class DatabaseOpening {
  private readonly openings: readonly Opening[];

  constructor(
    private readonly dataSource: DataSource,
    @InjectDataSource(WRITES) writes: DataSource,
    private readonly identity: DatabaseIdentity,
  ) {
    this.openings = [dataSource, writes].map((each) => new Opening(each));
  }

  /**
   * What is `first` to be done has the database for itself. Throws DatabaseUnavailableError where the server cannot be reached
   * or does not let us in, after which it may be called again; SessionSettingError; and what `first` throws.
   */
  async open(first?: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    if (first !== undefined) await this.alone(first);
    for (const each of this.openings) await each.open();
    await this.identity.load();
  }

  private async alone(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    const own = new DataSource(this.dataSource.options);
    const opening = initialize(own);
    try {
      await work(await awaitReachable(own, opening));
    } catch (error) {
      throw isConnectionLost(error) ? new DatabaseUnavailableError(error) : error;
    } finally {
      await closed(opening.then(() => own.destroy()));
    }
  }
}
