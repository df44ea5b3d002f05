import type { DatabaseSchema } from '../schema/database.schema';
import { CreateDatabaseIdentity1764200000001 } from './1764200000001-create-database-identity.migration';

/** The table of DatabaseIdentity. Every database has it, in addition to the tables of the features. */
export const databaseIdentitySchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateDatabaseIdentity1764200000001],
};
