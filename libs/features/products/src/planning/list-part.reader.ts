/** Reads a part of a list by the access path it is told. */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import type { CatalogueView } from '../catalogue.reader';
import type { ProductRow } from '../product-listing';
import type { AccessPath } from './cost-estimate';
import { IndexPartReader, type PartRows } from './index-part.reader';
import type { ListPart } from './list-part';
import { OutwardsReader } from './outwards.reader';
import { PartStatements } from './part-statements';

export interface ReadRequest {
  readonly part: ListPart;
  readonly path: AccessPath;
  readonly view: CatalogueView;
}

@Injectable()
export class ListPartReader {
  private readonly statements: PartStatements;

  constructor(
    dataSource: DataSource,
    private readonly index: IndexPartReader,
    private readonly outwards: OutwardsReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async read({ part, path, view }: ReadRequest): Promise<PartRows> {
    switch (path) {
      case 'search-index':
        return this.index.read(part, view);
      case 'outwards':
        return { rows: await this.outwards.read(part, view) };
      case 'walk':
        return { rows: await view.read<ProductRow>(this.statements.walk(part)) };
      case 'price-range':
        return { rows: await view.read<ProductRow>(this.statements.priceRange(part)) };
      case 'producers':
        return { rows: await view.read<ProductRow>(this.statements.producers(part)) };
    }
  }

  /** How many products the part has, all of them. */
  async count(part: ListPart, isIndexed: boolean, view: CatalogueView): Promise<number> {
    if (isIndexed) return this.index.count(part, view);
    const [row] = await view.read<{ total: number }>(this.statements.count(part));
    return row?.total ?? 0;
  }
}
