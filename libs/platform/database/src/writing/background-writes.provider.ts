/**
 * WriteDatabase for background work, such as applying events: uses only some of its connections, so that requests that
 * write always find a free one.
 */
import { Injectable } from '@nestjs/common';
import { Bulkhead } from '@platform/resilience';
import type { EntityManager } from 'typeorm';
import { NoConnectionError } from '../connection/connection-errors';
import { BACKGROUND_SHARE, MIN_BACKGROUND_WRITERS } from '../writing.policy';
import { WriteDatabase } from './write-database.provider';

@Injectable()
export class BackgroundWrites {
  private readonly bulkhead: Bulkhead;

  constructor(private readonly database: WriteDatabase) {
    const concurrent = Math.max(MIN_BACKGROUND_WRITERS, Math.floor(database.connectionCount * BACKGROUND_SHARE));
    this.bulkhead = new Bulkhead({ concurrent, waiting: Infinity });
  }

  /** As WriteDatabase; the deadline begins when a connection is available. */
  run<T>(deadlineMs: number, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.queue(deadlineMs, () => this.database.run(deadlineMs, work));
  }

  /** As WriteDatabase; the deadline begins when a connection is available. */
  runInTransaction<T>(deadlineMs: number, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.queue(deadlineMs, () => this.database.runInTransaction(deadlineMs, work));
  }

  private async queue<T>(maxWaitMs: number, task: () => Promise<T>): Promise<T> {
    const abandonment = new AbortController();
    const timer = setTimeout(
      () => abandonment.abort(new NoConnectionError(`other background work took more than ${maxWaitMs} ms`)),
      maxWaitMs,
    );
    const started = () => {
      clearTimeout(timer);
      return task();
    };
    return this.bulkhead.run(started, abandonment.signal).finally(() => clearTimeout(timer));
  }
}
