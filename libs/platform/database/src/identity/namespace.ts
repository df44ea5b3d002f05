/** The name under which stores that several databases may share keep the data of one of them. */
import { createHash } from 'node:crypto';

export interface StoredIdentity {
  /** Random, made with the schema. */
  readonly value: string;
  /** What the server calls the database; null for an embedded one. */
  readonly databaseName: string | null;
}

/** Copying a database copies its value too. A copy under another name on the same server is still told apart. */
export function toNamespace({ value, databaseName }: StoredIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([value, databaseName]))
    .digest('hex')
    .slice(0, 16);
}
