import { CatalogueErrors, CatalogueReader } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { withBasis } from '@platform/cache';
import { withLogNotes } from '@platform/http';
import { CATEGORIES_BASIS, listBasisOf, productBasisOf } from '../freshness/basis';
import { CursorKeyRepository } from '../list/cursor-key.repository';
import { totalOf } from '../list/list-total';
import { decodeCursor, encodeCursor } from '../list/product-cursor';
import { ProductListReader } from '../list/product-list.reader';
import { toPage } from '../list/product-page';
import { ProductReader } from '../list/product.reader';
import { toListing, type ListProductsQuery } from './list-products.query';
import {
  toProductResponse,
  type CategoriesResponse,
  type ProductPageResponse,
  type ProductResponse,
} from './product.response';

@Injectable()
export class ProductsService {
  constructor(
    private readonly reader: CatalogueReader,
    private readonly lists: ProductListReader,
    private readonly products: ProductReader,
    private readonly cursorKey: CursorKeyRepository,
  ) {}

  async list(query: ListProductsQuery): Promise<ProductPageResponse> {
    const listing = toListing(query);
    const key = await this.cursorKey.get();
    const start = query.cursor === undefined ? undefined : decodeCursor(key, listing, query.cursor);
    const session = this.reader.openSession();
    const { rows, matches, paths } = await this.lists.read(listing, start, session);
    const { rows: pageRows, next, previous } = toPage(rows, listing, start);
    const total = totalOf(listing, {
      rowsRead: rows.length,
      isCursor: start !== undefined,
      matches: matches ?? (listing.count === 'exact' ? await this.lists.countInTime(listing, session) : undefined),
      estimate: () => this.lists.estimate(listing),
    });
    const page = {
      data: pageRows.map(toProductResponse),
      pagination: {
        limit: listing.limit,
        page: start === undefined ? listing.page : null,
        ...total,
        nextCursor: next === undefined ? null : encodeCursor(key, listing, next),
        previousCursor: previous === undefined ? null : encodeCursor(key, listing, previous),
      },
    };
    withBasis(page, listBasisOf(listing, start, rows, total));
    return withLogNotes(page, { plan: [...new Set(paths)].join('+') });
  }

  async get(id: number): Promise<ProductResponse> {
    const row = await this.products.find(id);
    if (row === undefined) throw CatalogueErrors.PRODUCT_NOT_FOUND.create(id);
    return withBasis(toProductResponse(row), productBasisOf(row));
  }

  async listCategories(): Promise<CategoriesResponse> {
    return withBasis({ data: await this.products.countByCategory() }, CATEGORIES_BASIS);
  }
}
