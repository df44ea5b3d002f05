/**
 * Reads the catalogue with a time limit, in read sessions with monotonic reads. Reports an unreachable or overloaded
 * database as CATALOGUE_UNAVAILABLE or CATALOGUE_BUSY.
 */
import { Injectable } from '@nestjs/common';
import { BoundedReader, ReplicaRouter, type SqlFragment } from '@platform/database';
import { ChangeFollower } from '../change-log/change-follower.service';
import { orUnavailable } from './read-failures';

/** Time limit of a statement without an alternative access path. */
const STATEMENT_LIMIT_MS = 2_000;

/** Statements with monotonic reads: none sees data older than that of an earlier one. */
export interface ReadSession {
  read<Row>(statement: SqlFragment): Promise<Row[]>;
  /** Returns the same session with another time limit per statement. */
  withTimeLimit(limitMs: number): ReadSession;
}

@Injectable()
export class CatalogueReader {
  constructor(
    private readonly servers: ReplicaRouter,
    private readonly changes: ChangeFollower,
    private readonly primary: BoundedReader,
  ) {}

  /** Opens a session that sees at least the changes that this process has applied to its caches. */
  openSession(): ReadSession {
    const session = this.servers.openSession(String(this.changes.lastPosition));
    const withTimeLimit = (limitMs: number): ReadSession => ({
      read: (statement) => orUnavailable(session.read(statement, limitMs)),
      withTimeLimit,
    });
    return withTimeLimit(STATEMENT_LIMIT_MS);
  }

  read<Row>(statement: SqlFragment): Promise<Row[]> {
    return this.openSession().read<Row>(statement);
  }

  /** Reads the latest committed data from the primary, for writes that depend on it. */
  readFromPrimary<Row>(statement: SqlFragment): Promise<Row[]> {
    return orUnavailable(this.primary.read<Row>(statement, STATEMENT_LIMIT_MS));
  }
}
