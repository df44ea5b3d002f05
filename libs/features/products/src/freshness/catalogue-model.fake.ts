/** A catalogue in memory for tests of invalidation: its changes, and its responses by brute force. */
import { toUnitVector, type UnitVector } from '@catalogue';
import fc from 'fast-check';
import { chordSquaredFrom } from '@catalogue';
import type { FilteredProduct } from '../filters/filter';
import { conditionsOf, NO_FILTER, type ProductFilter } from '../filters/product-filters';
import { toPage } from '../list/product-page';
import type { ProductListing, ProductRow, SeekPosition, SortKeys } from '../query/product-listing';
import { keysOf } from '../query/sort-keys';
import { CATEGORIES_BASIS, listBasisOf, productBasisOf, type ResponseBasis } from './basis';
import type { ResolvedChange } from './resolved-change';

interface ModelProduct extends Omit<FilteredProduct, 'position'> {
  readonly id: number;
  /** Only the product itself shows it. */
  readonly description: string;
}

export interface ModelCatalogue {
  readonly products: ReadonlyMap<number, ModelProduct>;
  readonly positions: ReadonlyMap<number, UnitVector | null>;
}

export type ModelChange =
  | { readonly kind: 'put'; readonly product: ModelProduct }
  | { readonly kind: 'delete'; readonly id: number }
  | { readonly kind: 'move'; readonly producerId: number; readonly position: UnitVector | null };

export interface ListRequest {
  readonly listing: ProductListing;
  readonly start: SeekPosition | undefined;
  readonly isTotalExact: boolean;
}

export type ModelRequest = ListRequest | { readonly id: number } | 'categories';

/** `body` contains everything that a client sees. */
export interface ModelResponse {
  readonly body: string;
  readonly basis: ResponseBasis;
}

const PLACES = [
  { latitude: 20, longitude: 73.8 },
  { latitude: 20.1, longitude: 73.9 },
  { latitude: 28.6, longitude: 77.2 },
];
const PRODUCERS = [1, 2, 3, 4];

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
/** Undefined in three of four cases, so that many products match. */
const optionally = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const positions = oneOf(...PLACES.map(toUnitVector), null);

const products: fc.Arbitrary<ModelProduct> = fc
  .record({
    id: fc.integer({ min: 1, max: 12 }),
    nameText: oneOf(' tomato ', ' tomato red ', ' red mango ', ' mango ', ' आम mango ', ' \u{1d5a0} ', ' \uff21 '),
    words: oneOf('', 'tomato ', 'organic '),
    category: oneOf('fruits', 'vegetables'),
    priceMinor: oneOf(100, 200, 300),
    createdAtMs: oneOf(1_760_000_000_000, 1_760_000_001_000, 1_760_000_002_000),
    inStock: fc.boolean(),
    producerId: oneOf(...PRODUCERS),
    description: oneOf('', 'ripe'),
  })
  .map(({ words, ...product }) => ({ ...product, searchText: product.nameText + words }));

export const catalogues: fc.Arbitrary<ModelCatalogue> = fc.record({
  products: fc
    .array(products, { minLength: 4, maxLength: 12 })
    .map((all) => new Map(all.map((product) => [product.id, product]))),
  positions: fc
    .tuple(positions, positions, positions, positions)
    .map((each) => new Map(each.map((p, at) => [at + 1, p]))),
});

const CHANGEABLE = ['nameText', 'category', 'priceMinor', 'inStock', 'producerId', 'description'] as const;

/** Updates of some values are the most frequent changes. */
export const changes: fc.Arbitrary<(catalogue: ModelCatalogue) => ModelChange> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(products, fc.subarray([...CHANGEABLE], { minLength: 1 })).map(
      ([other, names]) =>
        (catalogue: ModelCatalogue) =>
          toUpdate(catalogue, other, names),
    ),
  },
  { weight: 2, arbitrary: products.map((product) => () => ({ kind: 'put' as const, product })) },
  { weight: 2, arbitrary: products.map(({ id }) => () => ({ kind: 'delete' as const, id })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oneOf(...PRODUCERS), positions)
      .map(([producerId, position]) => () => ({ kind: 'move' as const, producerId, position })),
  },
);

function toUpdate(
  catalogue: ModelCatalogue,
  other: ModelProduct,
  names: readonly (typeof CHANGEABLE)[number][],
): ModelChange {
  const product = catalogue.products.get(other.id) ?? other;
  const updated = { ...product, ...Object.fromEntries(names.map((name) => [name, other[name]])) };
  const words = product.searchText.slice(product.nameText.length);
  return { kind: 'put', product: { ...updated, searchText: updated.nameText + words } };
}

const filters: fc.Arbitrary<ProductFilter> = fc
  .record({
    terms: oneOf<string[]>([], [], [], ['tom'], ['red'], ['mango', 'red'], ['organic']),
    categories: oneOf<string[]>([], [], ['fruits'], ['fruits', 'vegetables']),
    minPriceMinor: optionally(oneOf(200)),
    maxPriceMinor: optionally(oneOf(200)),
    inStock: optionally(fc.boolean()),
    producerId: optionally(oneOf(...PRODUCERS)),
    near: optionally(oneOf(...PLACES).map((place) => ({ ...place, radiusKm: 25 }))),
    createdAfterSeconds: optionally(oneOf(1_760_000_001)),
  })
  .map((values) => ({ ...NO_FILTER, ...values }));

export const listRequests: fc.Arbitrary<ListRequest> = fc
  .record({
    filter: filters,
    sort: oneOf<ProductListing['sort']>('price', 'name', 'createdAt', 'relevance', 'distance'),
    order: oneOf<ProductListing['order']>('asc', 'desc'),
    limit: fc.integer({ min: 1, max: 4 }),
    page: oneOf(1, 1, 2, 3),
    cursor: optionally(fc.record({ side: oneOf<SeekPosition['side']>('after', 'before'), at: products })),
    positions: fc.constant(new Map(PRODUCERS.map((id) => [id, toUnitVector(PLACES[id % 3]!)]))),
    isTotalExact: fc.boolean(),
  })
  .map(({ cursor, isTotalExact, positions: at, ...query }) => {
    const sort = hasSort(query.sort, query.filter) ? query.sort : 'createdAt';
    const order = sort === 'relevance' ? 'desc' : query.order;
    const listing = { ...query, sort, order, count: 'estimated' as const };
    const start = cursor && { side: cursor.side, keys: sortKeysOf(cursor.at, at, listing) };
    return { listing: start === undefined ? listing : { ...listing, page: 1 }, start, isTotalExact };
  });

export const requests: fc.Arbitrary<ModelRequest> = fc.oneof(
  { weight: 20, arbitrary: listRequests },
  { weight: 2, arbitrary: products.map(({ id }) => ({ id })) },
  { weight: 2, arbitrary: fc.constant('categories' as const) },
);

function hasSort(sort: ProductListing['sort'], { terms, near }: ProductFilter): boolean {
  return (sort !== 'relevance' || terms.length > 0) && (sort !== 'distance' || near !== undefined);
}

/** Returns undefined if the response is a 404, which is not cached. */
export function respond(catalogue: ModelCatalogue, request: ModelRequest): ModelResponse | undefined {
  if (request === 'categories') return { body: JSON.stringify(countByCategory(catalogue)), basis: CATEGORIES_BASIS };
  if ('listing' in request) return respondWithList(catalogue, request);
  const product = catalogue.products.get(request.id);
  return (
    product && {
      body: JSON.stringify(toRow(product, catalogue, undefined)),
      basis: productBasisOf(product as ProductRow & ModelProduct),
    }
  );
}

function respondWithList(catalogue: ModelCatalogue, { listing, start, isTotalExact }: ListRequest): ModelResponse {
  const { filter, limit, page } = listing;
  const conditions = conditionsOf(filter);
  const matching = [...catalogue.products.values()].filter((product) =>
    conditions.every(({ matches }) => matches(toFiltered(product, catalogue))),
  );
  const isAscending = (listing.order === 'asc') !== (start?.side === 'before');
  const keyed = matching.map((product) => ({ product, keys: sortKeysOf(product, catalogue.positions, listing) }));
  keyed.sort((a, b) => (isAscending ? 1 : -1) * compare(a.keys, b.keys));
  const begun =
    start === undefined ? keyed : keyed.filter(({ keys }) => (isAscending ? 1 : -1) * compare(keys, start.keys) > 0);
  const offset = start === undefined ? (page - 1) * limit : 0;
  const rows = begun.slice(offset, offset + limit + 1).map(({ product }) => toRow(product, catalogue, filter.near));
  const total = isTotalExact ? matching.length : null;
  const basis = listBasisOf(listing, start, rows, {
    total,
    totalPages: total,
    totalRelation: isTotalExact ? 'eq' : 'approx',
  });
  return { body: JSON.stringify({ ...toPage(rows, listing, start), total }), basis };
}

/** Independent of the order in production. */
function compare(a: SortKeys, b: SortKeys): number {
  for (const [at, key] of a.entries()) {
    const other = b[at]!;
    const difference =
      typeof key === 'number' ? key - Number(other) : Buffer.compare(Buffer.from(key), Buffer.from(String(other)));
    if (difference !== 0) return difference;
  }
  return 0;
}

function countByCategory({ products: all }: ModelCatalogue): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { category } of [...all.values()].sort((a, b) => (a.category < b.category ? -1 : 1)))
    counts[category] = (counts[category] ?? 0) + 1;
  return counts;
}

function sortKeysOf(product: ModelProduct, at: ModelCatalogue['positions'], listing: ProductListing): SortKeys {
  return keysOf({ ...product, ...chordOf(product, at, listing.filter.near) }, listing);
}

function chordOf(
  { producerId }: ModelProduct,
  at: ModelCatalogue['positions'],
  near: ProductFilter['near'],
): { chordSquared?: number } {
  const position = at.get(producerId) ?? null;
  return near === undefined || position === null ? {} : { chordSquared: chordSquaredFrom(near)(position) };
}

function toFiltered(product: ModelProduct, { positions: at }: ModelCatalogue): FilteredProduct {
  return { ...product, position: at.get(product.producerId) ?? null };
}

/** Every property is shown, including the position of the producer. */
function toRow(product: ModelProduct, catalogue: ModelCatalogue, near: ProductFilter['near']): ProductRow {
  const shown = { ...toFiltered(product, catalogue), ...chordOf(product, catalogue.positions, near) };
  return { ...product, ...shown } as unknown as ProductRow;
}

/** Returns the catalogue after the change, and the change as the change log reports it; undefined if nothing changed. */
export function applyChange(
  catalogue: ModelCatalogue,
  change: ModelChange,
): { readonly catalogue: ModelCatalogue; readonly resolved: ResolvedChange | undefined } {
  if (change.kind === 'move') {
    const { producerId, position } = change;
    const moved = { ...catalogue, positions: new Map(catalogue.positions).set(producerId, position) };
    return { catalogue: moved, resolved: { kind: 'producer-moved', producerId } };
  }
  const id = change.kind === 'put' ? change.product.id : change.id;
  const before = catalogue.products.get(id);
  const after = change.kind === 'put' ? keepCreation(change.product, before) : undefined;
  if (JSON.stringify(before) === JSON.stringify(after)) return { catalogue, resolved: undefined };
  const changed = new Map(catalogue.products);
  if (after === undefined) changed.delete(id);
  else changed.set(id, after);
  return { catalogue: { ...catalogue, products: changed }, resolved: toResolved(id, before, after, catalogue) };
}

function keepCreation(product: ModelProduct, before: ModelProduct | undefined): ModelProduct {
  return before === undefined ? product : { ...product, createdAtMs: before.createdAtMs };
}

function toResolved(
  id: number,
  before: ModelProduct | undefined,
  after: ModelProduct | undefined,
  catalogue: ModelCatalogue,
): ResolvedChange {
  const isAlike = before && after && JSON.stringify(indexedOf(before)) === JSON.stringify(indexedOf(after));
  if (isAlike === true) return { kind: 'product', id, before: undefined, after: undefined };
  const toState = (product: ModelProduct | undefined) => product && toFiltered(product, catalogue);
  return { kind: 'product', id, before: toState(before), after: toState(after) };
}

function indexedOf({ id: _, description: __, ...indexed }: ModelProduct): unknown[] {
  return Object.entries(indexed).sort(([a], [b]) => (a < b ? -1 : 1));
}
