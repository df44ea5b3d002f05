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
import { CLOSE_DEADLINE_MS, OPEN_DEADLINE_MS } from './reading.policy';
import { WRITES } from './write-database.provider';

@Injectable()
export class DatabaseOpening {
  /** One that took too long may still come; it is waited for then, and not begun again. */
  private readonly opening = new Map<DataSource, Promise<DataSource>>();

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
    for (const each of [this.dataSource, this.writes]) if (!each.isInitialized) await reach(each, this.begin(each));
  }

  private begin(dataSource: DataSource): Promise<DataSource> {
    const begun = this.opening.get(dataSource);
    if (begun !== undefined) return begun;
    const opening = dataSource.initialize().finally(() => this.opening.delete(dataSource));
    this.opening.set(dataSource, opening);
    return opening;
  }

  private async alone(work: (dataSource: DataSource) => Promise<unknown>): Promise<void> {
    const own = new DataSource(this.dataSource.options);
    const opening = own.initialize();
    const close = () => opening.then(() => own.destroy()).catch(() => undefined);
    try {
      await work(await reach(own, opening));
    } catch (error) {
      throw isConnectionLost(error) ? new DatabaseAwayError(error) : error;
    } finally {
      const closing = close();
      await within(CLOSE_DEADLINE_MS, closing, () => new Error('it does not say goodbye')).catch(() => undefined);
    }
  }
}

/** A file that cannot be opened stays so; a server may come back. */
async function reach(dataSource: DataSource, opening: Promise<DataSource>): Promise<DataSource> {
  if (dialectOf(dataSource) === 'sqlite') return opening;
  const giveUp = () => new Error(`the server did not answer within ${OPEN_DEADLINE_MS} ms`);
  return within(OPEN_DEADLINE_MS, opening, giveUp).catch((error: unknown) => {
    throw new DatabaseAwayError(error);
  });
}
