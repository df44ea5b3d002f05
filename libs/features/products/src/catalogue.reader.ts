/** Every read of the catalogue: bounded in time, and honest when the database cannot answer. */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { BoundedReader, ReplicaRouter, type SqlFragment } from '@platform/database';
import { orUnavailable } from './read-failures';

/** Of a statement that has no other way to go. */
const STATEMENT_LIMIT_MS = 2_000;

/** Statements that belong together: none sees data that is older than what one before it saw. */
export interface ReadSession {
  read<Row>(statement: SqlFragment): Promise<Row[]>;
  /** The same with another limit for each statement. */
  withTimeLimit(limitMs: number): ReadSession;
}

@Injectable()
export class CatalogueReader {
  constructor(
    private readonly servers: ReplicaRouter,
    private readonly version: CacheVersion,
    private readonly primary: BoundedReader,
  ) {}

  /** All that this process has heard of is in it, or something newer. */
  openSession(): ReadSession {
    const session = this.servers.openSession(this.version.current);
    const withTimeLimit = (limitMs: number): ReadSession => ({
      read: (statement) => orUnavailable(session.read(statement, limitMs)),
      withTimeLimit,
    });
    return withTimeLimit(STATEMENT_LIMIT_MS);
  }

  read<Row>(statement: SqlFragment): Promise<Row[]> {
    return this.openSession().read<Row>(statement);
  }

  /** What is committed now, whatever replicas there are: for what is written by it. */
  readNewest<Row>(statement: SqlFragment): Promise<Row[]> {
    return orUnavailable(this.primary.read<Row>(statement, STATEMENT_LIMIT_MS));
  }
}
