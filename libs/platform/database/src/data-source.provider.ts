/**
 * Data source options for the configured database: an embedded SQLite file, or MySQL/MariaDB through a pool.
 * Only migrations change the schema; TypeORM never synchronises it.
 */
import { isIP } from 'node:net';
import type { DatabaseConfig, MysqlConfig, ServerAddress } from '@platform/config';
import libsql from 'libsql';
import type { DataSourceOptions } from 'typeorm';
import { driver } from './connection/session-settings.provider';
import { databaseIdentitySchema } from './identity/database-identity.schema';
import { POOL_QUEUE_LIMIT } from './reading.policy';
import type { DatabaseSchema } from './schema/database.schema';
import { IDLE_CONNECTION_MS, MIN_WRITERS, SQLITE_BUSY_WAIT_MS } from './writing.policy';

export function toDataSourceOptions(database: DatabaseConfig, schemas: readonly DatabaseSchema[]): DataSourceOptions {
  const all = [databaseIdentitySchema, ...schemas];
  const schema = {
    entities: all.flatMap(({ entities }) => entities),
    migrations: all.flatMap(({ migrations }) => migrations),
    migrationsTableName: 'schema_migrations',
  };
  if (database.kind === 'sqlite') {
    return {
      type: 'better-sqlite3',
      driver: libsql, // has the interface of better-sqlite3 and is prebuilt
      database: database.file,
      enableWAL: true, // the CLI writes while the API reads
      timeout: 5_000, // ms to wait for the transaction of another process
      prepareDatabase: (connection: libsql.Database) => void connection.pragma('cache_size = -65536'), // KiB
      ...schema,
    };
  }
  return {
    type: 'mysql',
    driver,
    host: database.host,
    port: database.port,
    username: database.user,
    password: database.password,
    database: database.database,
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: false, // ids, counts and times stay below 2^53
    poolSize: database.poolSize,
    extra: { queueLimit: POOL_QUEUE_LIMIT, trace: false }, // stack traces of callers cost 2 % of the processor time
    connectTimeout: 3_000, // a LAN round trip takes 1 ms; after 3 s the server counts as down
    ...(database.sslCa !== undefined && { ssl: tlsOptions(database.sslCa, database.host) }),
    ...schema,
  };
}

/** mysql2 verifies the host name in the certificate only on request. An IP address has no name to verify. */
function tlsOptions(ca: string, host: string) {
  return { ca, rejectUnauthorized: true, verifyIdentity: isIP(host) === 0 };
}

/** Options for a replica: catalogue reads, and one more connection for its replication position. */
export function toReplicaOptions(primary: MysqlConfig, { host, port }: ServerAddress): DataSourceOptions {
  return toDataSourceOptions({ ...primary, host, port, poolSize: primary.poolSize + 1 }, []);
}

/** Options for the second pool to the same database, used by WriteDatabase. */
export function toWritingOptions(options: DataSourceOptions): DataSourceOptions {
  if (options.type === 'better-sqlite3') return { ...options, timeout: SQLITE_BUSY_WAIT_MS };
  if (options.type !== 'mysql') throw new Error(`WriteDatabase does not support ${options.type}`);
  const poolSize = Math.max(options.poolSize ?? 0, MIN_WRITERS);
  // mysql2 closes idle connections only if maxIdle is below the pool size
  const extra = { ...(options.extra as object), idleTimeout: IDLE_CONNECTION_MS, maxIdle: poolSize - 1 };
  return { ...options, poolSize, extra };
}
