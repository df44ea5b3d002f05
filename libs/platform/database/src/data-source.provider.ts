/**
 * Opens the database the configuration names: an embedded SQLite file, or MySQL/MariaDB through a pool.
 * Schema changes are made by migrations only; TypeORM never synchronises.
 */
import { isIP } from 'node:net';
import type { DatabaseConfig, MysqlConfig, ServerAddress } from '@platform/config';
import libsql from 'libsql';
import type { DataSourceOptions } from 'typeorm';
import type { DatabaseSchema } from './database.schema';
import { databaseIdentitySchema } from './identity/database-identity.schema';
import { POOL_QUEUE_LIMIT } from './reading.policy';
import { driver } from './session-settings.provider';
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
      driver: libsql, // speaks better-sqlite3's interface and comes prebuilt
      database: database.file,
      enableWAL: true, // the CLI writes while the API reads
      timeout: 5_000, // ms that another process's transaction is waited for
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
    extra: { queueLimit: POOL_QUEUE_LIMIT },
    connectTimeout: 3_000, // ms; a LAN round trip takes one, beyond three the server is down
    ...(database.sslCa !== undefined && { ssl: verified(database.sslCa, database.host) }),
    ...schema,
  };
}

/** mysql2 looks at the name in the certificate only where it is told to, and can do so only where there is one. */
function verified(ca: string, host: string) {
  return { ca, rejectUnauthorized: true, verifyIdentity: isIP(host) === 0 };
}

/** A replica, which only the catalogue is read from, and asked besides how far it is. */
export function toReplicaOptions(primary: MysqlConfig, { host, port }: ServerAddress): DataSourceOptions {
  return toDataSourceOptions({ ...primary, host, port, poolSize: primary.poolSize + 1 }, []);
}

/** The same database once more, as WriteDatabase uses it. */
export function toWritingOptions(options: DataSourceOptions): DataSourceOptions {
  if (options.type === 'better-sqlite3') return { ...options, timeout: SQLITE_BUSY_WAIT_MS };
  if (options.type !== 'mysql') throw new Error(`no connections for writing to ${options.type}`);
  const poolSize = Math.max(options.poolSize ?? 0, MIN_WRITERS);
  // mysql2 looks for idle connections only where not all of them may be idle
  const extra = { ...(options.extra as object), idleTimeout: IDLE_CONNECTION_MS, maxIdle: poolSize - 1 };
  return { ...options, poolSize, extra };
}
