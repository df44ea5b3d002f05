/** Every read of the catalogue: bounded in time, and honest when the database cannot answer. */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { BoundedReader, ReadServers, type SqlFragment } from '@platform/database';
import { orUnavailable } from './catalogue-availability';

/** Of a statement that has no other way to go. */
const STATEMENT_LIMIT_MS = 2_000;

/** Statements that belong together: none sees data that is older than what one before it saw. */
export interface CatalogueView {
  read<Row>(statement: SqlFragment): Promise<Row[]>;
  /** The same with another limit for each statement. */
  within(limitMs: number): CatalogueView;
}

@Injectable()
export class CatalogueReader {
  constructor(
    private readonly servers: ReadServers,
    private readonly version: CacheVersion,
    private readonly primary: BoundedReader,
  ) {}

  /** All that this process has heard of is in it, or something newer. */
  view(): CatalogueView {
    const view = this.servers.view(this.version.current);
    const within = (limitMs: number): CatalogueView => ({
      read: (statement) => orUnavailable(view.read(statement, limitMs)),
      within,
    });
    return within(STATEMENT_LIMIT_MS);
  }

  read<Row>(statement: SqlFragment): Promise<Row[]> {
    return this.view().read<Row>(statement);
  }

  /** What is committed now, whatever replicas there are: for what is written by it. */
  readNewest<Row>(statement: SqlFragment): Promise<Row[]> {
    return orUnavailable(this.primary.read<Row>(statement, STATEMENT_LIMIT_MS));
  }
}
