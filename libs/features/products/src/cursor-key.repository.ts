/**
 * The key that signs cursors. It was made with the schema and lives in the database, which is what all replicas
 * share anyway: they agree without configuration, and a copied database keeps its clients' cursors valid.
 */
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';
import { CatalogueReader } from './catalogue.reader';

@Injectable()
export class CursorKeyRepository {
  private key: string | undefined;

  constructor(private readonly reader: CatalogueReader) {}

  async get(): Promise<string> {
    this.key ??= await this.read();
    return this.key;
  }

  private async read(): Promise<string> {
    const [row] = await this.reader.read<{ secret: string }>(
      sql`SELECT secret FROM signing_keys WHERE name = 'cursor'`,
    );
    if (row === undefined)
      throw new Error('signing_keys has no key for cursors; the schema was not migrated completely');
    return row.secret;
  }
}
