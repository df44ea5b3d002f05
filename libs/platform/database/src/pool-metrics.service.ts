/** How the connections of both pools are used; SQLite has none. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { WRITES } from './write-database.provider';

/** What mysql2 keeps of a pool and shows nowhere else. */
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
      help: 'Connections of a pool that are used or idle, and requests that wait for one, by pool and state',
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
