/** Reads a segment along a given access path. */
import type { ReadSession } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import type { AccessPath } from '../query/access-path';
import type { ProductRow } from '../query/product-listing';
import type { Segment } from '../query/segment';
import { IndexSegmentReader, type SegmentRows } from './index-segment.reader';
import { NearestFirstReader } from './nearest-first.reader';
import { SegmentStatements } from './segment-statements';

export interface ReadRequest {
  readonly segment: Segment;
  readonly path: AccessPath;
  readonly session: ReadSession;
}

@Injectable()
export class SegmentReader {
  private readonly statements: SegmentStatements;

  constructor(
    dataSource: DataSource,
    private readonly index: IndexSegmentReader,
    private readonly nearestFirst: NearestFirstReader,
  ) {
    this.statements = new SegmentStatements(dialectOf(dataSource));
  }

  async read({ segment, path, session }: ReadRequest): Promise<SegmentRows> {
    switch (path) {
      case 'search-index':
        return this.index.read(segment, session);
      case 'nearest-first':
        return { rows: await this.nearestFirst.read(segment, session) };
      case 'index-scan':
        return { rows: await session.read<ProductRow>(this.statements.indexScan(segment)) };
      case 'price-range':
        return { rows: await session.read<ProductRow>(this.statements.priceRange(segment)) };
      case 'producers':
        return { rows: await session.read<ProductRow>(this.statements.producers(segment)) };
    }
  }

  /** Counts all products of the segment. */
  async count(segment: Segment, isIndexed: boolean, session: ReadSession): Promise<number> {
    if (isIndexed) return this.index.count(segment, session);
    const [row] = await session.read<{ total: number }>(this.statements.count(segment));
    return row?.total ?? 0;
  }
}
