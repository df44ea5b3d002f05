/** Every read of the catalogue: bounded in time, and honest when the database cannot answer. */
import { Inject, Injectable } from '@nestjs/common';
import { BoundedReader, type SqlFragment } from '@platform/database';
import { orUnavailable } from './catalogue-availability';

/** Of a statement that has no other way to go. */
const STATEMENT_LIMIT_MS = 2_000;

@Injectable()
export class CatalogueReader {
  constructor(@Inject(BoundedReader) private readonly reader: Pick<BoundedReader, 'read'>) {}

  read<Row>(statement: SqlFragment, limitMs = STATEMENT_LIMIT_MS): Promise<Row[]> {
    return orUnavailable(this.reader.read<Row>(statement, limitMs));
  }
}
