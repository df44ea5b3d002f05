/** Namespace of one database in stores that several databases share. */
import { createHash } from 'node:crypto';

export interface StoredIdentity {
  /** Random; created with the schema. */
  readonly value: string;
  /** Name of the database on its server; null for an embedded database. */
  readonly databaseName: string | null;
}

/**
 * Returns 16 hexadecimal digits. A copied database has the same value, so the database name is included: a copy under
 * another name on the same server has its own namespace.
 */
export function toNamespace({ value, databaseName }: StoredIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([value, databaseName]))
    .digest('hex')
    .slice(0, 16);
}
