import { Injectable } from '@nestjs/common';
import type { MysqlConfig, ServerAddress } from '@platform/config';
import { DataSource } from 'typeorm';
import { BoundedReader } from '../bounded.reader';
import { Opening } from '../connection/opening.provider';
import { toReplicaOptions } from '../data-source.provider';

/** Connection pool of one replica. */
export interface ReplicaConnection {
  /** Does nothing if the pool is open. Throws like `Opening.open`. */
  open(): Promise<void>;
  /** Throws like `BoundedReader.read`. */
  read: BoundedReader['read'];
  /** Never throws. */
  close(): Promise<void>;
}

/** Creates the connections to replicas; unit tests replace it. */
@Injectable()
export class ReplicaConnections {
  /** Creates the pool without opening it. */
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
