import type { MigrationInterface } from 'typeorm';

type Class<T> = new () => T;

/** The database schema of one feature: its entities and the migrations that create their tables. */
export interface DatabaseSchema {
  readonly entities: readonly Class<object>[];
  readonly migrations: readonly Class<MigrationInterface>[];
}
