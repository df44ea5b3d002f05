import type { MigrationInterface } from 'typeorm';

type Class<T> = new () => T;

/** What a feature brings into the database: its entities, and the migrations that make their tables. */
export interface DatabaseSchema {
  readonly entities: readonly Class<object>[];
  readonly migrations: readonly Class<MigrationInterface>[];
}
