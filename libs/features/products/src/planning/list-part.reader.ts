/** Reads a part of a list by the access path it is told. */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader } from '../catalogue.reader';
import type { ProductRow } from '../product-listing';
import type { AccessPath } from './cost-estimate';
import { IndexPartReader, type PartRows } from './index-part.reader';
import type { ListPart } from './list-part';
import { OutwardsReader } from './outwards.reader';
import { PartStatements } from './part-statements';

export interface ReadRequest {
  readonly part: ListPart;
  readonly path: AccessPath;
  /** Of each statement. */
  readonly limitMs: number;
}

@Injectable()
export class ListPartReader {
  private readonly statements: PartStatements;

  constructor(
    dataSource: DataSource,
    private readonly reader: CatalogueReader,
    private readonly index: IndexPartReader,
    private readonly outwards: OutwardsReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async read({ part, path, limitMs }: ReadRequest): Promise<PartRows> {
    switch (path) {
      case 'search-index':
        return this.index.read(part, limitMs);
      case 'outwards':
        return { rows: await this.outwards.read(part, limitMs) };
      case 'walk':
        return { rows: await this.reader.read<ProductRow>(this.statements.walk(part), limitMs) };
      case 'price-range':
        return { rows: await this.reader.read<ProductRow>(this.statements.priceRange(part), limitMs) };
      case 'producers':
        return { rows: await this.reader.read<ProductRow>(this.statements.producers(part), limitMs) };
    }
  }

  /** How many products the part has, all of them. */
  async count(part: ListPart, isIndexed: boolean, limitMs: number): Promise<number> {
    if (isIndexed) return this.index.count(part, limitMs);
    const [row] = await this.reader.read<{ total: number }>(this.statements.count(part), limitMs);
    return row?.total ?? 0;
  }
}
