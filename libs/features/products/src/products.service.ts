import { Injectable } from '@nestjs/common';
import { CatalogueErrors } from './catalogue.errors';
import { CursorKeyRepository } from './cursor-key.repository';
import { toListing, type ListProductsQuery } from './list-products.query';
import { decodeCursor, encodeCursor } from './product-cursor';
import type { ProductListing } from './product-listing';
import { toPage } from './product-page';
import { ProductRepository } from './product.repository';
import {
  toProductResponse,
  type CategoriesResponse,
  type ProductPageResponse,
  type ProductResponse,
} from './product.response';

/** An estimated total is exact up to here and "at least" beyond, so that no page waits for a long count. */
const MAX_COUNTED = 10_000;

@Injectable()
export class ProductsService {
  constructor(
    private readonly products: ProductRepository,
    private readonly cursorKey: CursorKeyRepository,
  ) {}

  async list(query: ListProductsQuery): Promise<ProductPageResponse> {
    const listing = toListing(query);
    const key = await this.cursorKey.get();
    const start = query.cursor === undefined ? undefined : decodeCursor(key, listing, query.cursor);
    const [rows, total] = await Promise.all([this.products.findPage(listing, start), this.count(listing)]);
    const { rows: inPage, next, previous } = toPage(rows, listing, start);
    return {
      data: inPage.map(toProductResponse),
      pagination: {
        limit: listing.limit,
        page: start === undefined ? listing.page : null,
        ...total,
        nextCursor: next === undefined ? null : encodeCursor(key, listing, next),
        previousCursor: previous === undefined ? null : encodeCursor(key, listing, previous),
      },
    };
  }

  async get(id: number): Promise<ProductResponse> {
    const row = await this.products.find(id);
    if (row === undefined) throw CatalogueErrors.PRODUCT_NOT_FOUND.create(id);
    return toProductResponse(row);
  }

  async listCategories(): Promise<CategoriesResponse> {
    return { data: await this.products.countByCategory() };
  }

  private async count({ filter, limit, count }: ProductListing) {
    if (count === 'none') return { total: null, totalRelation: null, totalPages: null };
    const counted = await this.products.count(filter, count === 'exact' ? undefined : MAX_COUNTED + 1);
    const isExact = count === 'exact' || counted <= MAX_COUNTED;
    const total = isExact ? counted : MAX_COUNTED;
    return { total, totalRelation: isExact ? ('eq' as const) : ('gte' as const), totalPages: Math.ceil(total / limit) };
  }
}
