/** Requests of the readers and the facts of a response that the state of the catalogue determines. */
import type { ProductDraft } from '@catalogue';
import type { ListQuery } from '../../support/brute-force';

/** The position of a cursor: directly before or after a product as it was when the cursor was issued. */
export interface Seek {
  readonly side: 'before' | 'after';
  readonly id: number;
  readonly product: ProductDraft;
}

export interface PageQuery extends ListQuery {
  /** Name of the producer. */
  readonly producer: string | undefined;
  readonly page: number;
  readonly count: 'exact' | 'none' | undefined;
}

export type CatalogueQuery =
  | { readonly kind: 'page'; readonly path: string; readonly list: PageQuery; readonly seek?: Seek }
  | { readonly kind: 'product'; readonly path: string; readonly id: number }
  | { readonly kind: 'categories'; readonly path: string };

/** A product as responses show it, without the time of its last change. */
export interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly inStock: boolean;
  readonly producer: {
    readonly id: number;
    readonly name: string;
    readonly latitude: number | null;
    readonly longitude: number | null;
  };
  readonly distanceKm?: number | undefined;
  readonly createdAt: string;
}

export interface CategoryRow {
  readonly slug: string;
  readonly productCount: number;
}

/** The facts of a response. A product that does not exist has no row. */
export interface Facts {
  readonly rows: readonly (ProductRow | CategoryRow)[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** Undefined if the response does not state an exact total. */
  readonly total: number | undefined;
}

export interface PageBody {
  readonly data: readonly ProductRow[];
  readonly pagination: {
    readonly total: number | null;
    readonly totalRelation: string | null;
    readonly nextCursor: string | null;
    readonly previousCursor: string | null;
  };
}

export function factsOf({ kind }: CatalogueQuery, status: number, body: string): Facts {
  if (status === 404) return factsOfRows([]);
  const parsed: unknown = JSON.parse(body);
  if (kind === 'product') return factsOfRows([toRow(parsed as ProductRow)]);
  if (kind === 'categories') return factsOfRows((parsed as { data: CategoryRow[] }).data);
  const { data, pagination } = parsed as PageBody;
  return {
    rows: data.map(toRow),
    hasNext: pagination.nextCursor !== null,
    hasPrevious: pagination.previousCursor !== null,
    total: pagination.totalRelation === 'eq' ? (pagination.total ?? undefined) : undefined,
  };
}

export function factsOfRows(rows: Facts['rows']): Facts {
  return { rows, hasNext: false, hasPrevious: false, total: undefined };
}

function toRow(product: ProductRow): ProductRow {
  const { id, name, description, category, price, currency, unit, stock, inStock, createdAt } = product;
  const { id: producerId, name: producerName, latitude, longitude } = product.producer;
  return {
    ...{ id, name, description, category, price, currency, unit, stock, inStock },
    producer: { id: producerId, name: producerName, latitude, longitude },
    distanceKm: product.distanceKm,
    createdAt,
  };
}

/** `{ sort: 'price', page: 2, … }` → `/products?sort=price&limit=5&page=2` */
export function pathOf(list: PageQuery, producerId: number | undefined, cursor?: string): string {
  const { near, radiusKm, category, page, ...rest } = list;
  const parameters = {
    sort: rest.sort,
    order: rest.order,
    search: rest.search,
    category: category.join(',') || undefined,
    minPrice: rest.minPrice,
    maxPrice: rest.maxPrice,
    inStock: rest.inStock,
    near: near && `${near.latitude},${near.longitude}`,
    radiusKm: near && radiusKm,
    producerId,
    limit: list.limit,
    count: rest.count,
    page: page === 1 ? undefined : page,
    cursor,
  };
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const texts = given.map(([name, value]) => [name, String(value)] as const);
  return `/products?${new URLSearchParams(Object.fromEntries(texts)).toString()}`;
}
