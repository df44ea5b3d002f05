/**
 * Reads the key that signs cursors. A migration creates the key in the database, so all replicas share it without
 * configuration, and cursors remain valid with a copy of the database.
 */
import { CatalogueReader } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { sql } from '@platform/database';

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
    if (row === undefined) throw new Error('signing_keys has no cursor key; the migrations are incomplete');
    return row.secret;
  }
}
