/** Metrics of both connection pools; none on SQLite. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { WRITES } from './writing/write-database.provider';

/** Internal lists of the mysql2 pool, which has no public counters. */
interface MysqlPool {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
}

@Injectable()
export class PoolMetrics {
  constructor(reads: DataSource, @InjectDataSource(WRITES) writes: DataSource, registry: Registry) {
    new Gauge({
      name: 'farmlokal_database_connections',
      help: 'Connections of a pool that are used or idle, and callers that wait for one, by pool and state',
      labelNames: ['pool', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [pool, dataSource] of Object.entries({ reads, writes })) {
          for (const [state, count] of Object.entries(statesOf(dataSource))) this.set({ pool, state }, count);
        }
      },
    });
  }
}

function statesOf({ driver }: DataSource): Record<string, number> {
  const { pool } = driver as { readonly pool?: MysqlPool };
  if (pool === undefined) return {};
  const idle = pool._freeConnections.length;
  return { used: pool._allConnections.length - idle, idle, waiting: pool._connectionQueue.length };
}
