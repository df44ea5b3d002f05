/** Test oracle for lists: evaluates a query by filtering and sorting all products in memory. */
import type { ProductDraft } from '@catalogue';
import { toSearchText, wordsOf } from '@testing/catalogue';

export interface ListQuery {
  readonly sort: 'price' | 'name' | 'createdAt' | 'distance' | undefined;
  readonly order: 'asc' | 'desc' | undefined;
  readonly search: string | undefined;
  readonly category: string[];
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly inStock: boolean | undefined;
  readonly near: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly radiusKm: number;
  /** In ms since 1970; fractions of a second are ignored. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly limit: number;
}

/** Returns the ids of the matching products in the requested order. */
export function expectedIds(products: ReadonlyMap<number, ProductDraft>, query: ListQuery): number[] {
  const matching = [...products].filter(([, product]) => matches(product, query));
  const isDescending = (query.order ?? defaultOrder(query)) === 'desc';
  const sorted = matching.sort(([idA, a], [idB, b]) => compare(a, b, query) || idA - idB).map(([id]) => id);
  return isDescending ? sorted.reverse() : sorted;
}

function matches(product: ProductDraft, query: ListQuery): boolean {
  const words = indexedWordsOf(product.name, product.description);
  return (
    wordsOf(query.search ?? '').every((term) => words.some((word) => word.startsWith(term))) &&
    (query.category.length === 0 || query.category.includes(product.category)) &&
    isPriceWithin(product, query) &&
    (query.inStock === undefined || product.stock > 0 === query.inStock) &&
    (query.near === undefined || distanceKm(product, query.near) <= query.radiusKm) &&
    isCreatedWithin(product, query)
  );
}

function isPriceWithin({ priceMinor }: ProductDraft, { minPrice = 0, maxPrice = Infinity }: ListQuery): boolean {
  return priceMinor >= minPrice * 100 && priceMinor <= maxPrice * 100;
}

function isCreatedWithin({ createdAtMs = 0 }: ProductDraft, { createdAfter = 0, createdBefore }: ListQuery): boolean {
  const second = (timeMs: number) => Math.floor(timeMs / 1_000);
  const isBefore = createdBefore === undefined || second(createdAtMs) < second(createdBefore);
  return second(createdAtMs) >= second(createdAfter) && isBefore;
}

function defaultOrder({ sort }: ListQuery): 'asc' | 'desc' {
  return sort === 'price' || sort === 'name' || sort === 'distance' ? 'asc' : 'desc';
}

function compare(a: ProductDraft, b: ProductDraft, query: ListQuery): number {
  const newer = (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0);
  if (query.sort === 'price') return a.priceMinor - b.priceMinor;
  if (query.sort === 'name') return Buffer.compare(nameKey(a), nameKey(b));
  if (query.sort === 'distance') return distanceKm(a, query.near) - distanceKm(b, query.near);
  if (query.sort === 'createdAt' || query.search === undefined) return newer;
  return Number(nameHas(a, query.search)) - Number(nameHas(b, query.search)) || newer;
}

function nameHas({ name }: ProductDraft, search: string): boolean {
  return wordsOf(search).every((term) => indexedWordsOf(name).some((word) => word.startsWith(term)));
}

function nameKey({ name }: ProductDraft): Buffer {
  return Buffer.from(indexedWordsOf(name).join(' '));
}

/** Words by text. Tests use few texts, and sorting compares each of them many times. */
const knownWords = new Map<string, readonly string[]>();

function indexedWordsOf(...texts: string[]): readonly string[] {
  const key = texts.join('\n');
  const words =
    knownWords.get(key) ??
    toSearchText(...texts)
      .trim()
      .split(' ');
  knownWords.set(key, words);
  return words;
}

/** Haversine distance on the mean radius of the Earth. Returns Infinity if the coordinates are unknown. */
export function distanceKm({ producer }: Pick<ProductDraft, 'producer'>, from: ListQuery['near']): number {
  if (from === undefined || producer.latitude === null || producer.longitude === null) return Infinity;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [phiA, phiB] = [radians(producer.latitude), radians(from.latitude)];
  const haversine = (angle: number) => Math.sin(angle / 2) ** 2;
  const h =
    haversine(phiA - phiB) + Math.cos(phiA) * Math.cos(phiB) * haversine(radians(producer.longitude - from.longitude));
  return 2 * 6_371.0088 * Math.asin(Math.sqrt(Math.min(1, h)));
}
