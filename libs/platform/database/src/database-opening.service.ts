/**
 * Opens the database once it is reachable: first for the schema check or migration, then for all. Until then reads and
 * writes fail as they do while the database is unavailable.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DatabaseUnavailableError } from './connection/connection-errors';
import { isConnectionLost } from './connection/driver-error';
import { Opening, awaitClosed, awaitReachable, initialize } from './connection/opening.provider';
import { DatabaseIdentity } from './identity/database-identity.service';
import { WRITES } from './writing/write-database.provider';

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
   * Runs `prepare` on a separate data source, then opens the database. Throws DatabaseUnavailableError if the server is
   * unreachable or rejects the login; the call may be retried. Also throws SessionSettingError and any error of
   * `prepare`.
   */
  async open(prepare?: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    if (prepare !== undefined) await this.runBeforeOpening(prepare);
    for (const each of this.openings) await each.open();
    await this.identity.load();
  }

  private async runBeforeOpening(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    const own = new DataSource(this.dataSource.options);
    const opening = initialize(own);
    try {
      await work(await awaitReachable(own, opening));
    } catch (error) {
      throw isConnectionLost(error) ? new DatabaseUnavailableError(error) : error;
    } finally {
      await awaitClosed(opening.then(() => own.destroy()));
    }
  }
}
