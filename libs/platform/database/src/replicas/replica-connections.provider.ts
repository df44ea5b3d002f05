import { Injectable } from '@nestjs/common';
import type { MysqlConfig, ServerAddress } from '@platform/config';
import { DataSource } from 'typeorm';
import { BoundedReader } from '../bounded.reader';
import { toReplicaOptions } from '../data-source.provider';
import { Opening } from '../opening.provider';

/** One replica, through a pool of connections. */
export interface ReplicaConnection {
  /** Does nothing if it is open. Throws as `Opening.open`. */
  open(): Promise<void>;
  /** Throws as `BoundedReader.read`. */
  read: BoundedReader['read'];
  /** Never throws. */
  close(): Promise<void>;
}

/** Creates the connections to replicas; unit tests replace it. */
@Injectable()
export class ReplicaConnections {
  /** Opens nothing yet. */
  to(database: MysqlConfig, address: ServerAddress): ReplicaConnection {
    const dataSource = new DataSource(toReplicaOptions(database, address));
    const opening = new Opening(dataSource);
    const reader = new BoundedReader(dataSource);
    return {
      open: () => opening.open(),
      read: (statement, limitMs) => reader.read(statement, limitMs),
      close: async () => {
        if (dataSource.isInitialized) await dataSource.destroy().catch(() => undefined);
      },
    };
  }
}
