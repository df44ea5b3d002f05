/** What a list must hold, found by looking at every product: the oracle that queries are compared with. */
import { toSearchText, wordsOf, type ProductDraft } from '@testing/products';

export interface Wish {
  readonly sort: 'price' | 'name' | 'createdAt' | 'distance' | undefined;
  readonly order: 'asc' | 'desc' | undefined;
  readonly search: string | undefined;
  readonly category: string[];
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly inStock: boolean | undefined;
  readonly near: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly radiusKm: number;
  readonly limit: number;
}

/** Ids of the products that match, in the order wished for. */
export function expectedIds(products: ReadonlyMap<number, ProductDraft>, wish: Wish): number[] {
  const matching = [...products].filter(([, product]) => matches(product, wish));
  const isDescending = (wish.order ?? defaultOrder(wish)) === 'desc';
  const sorted = matching.sort(([idA, a], [idB, b]) => compare(a, b, wish) || idA - idB).map(([id]) => id);
  return isDescending ? sorted.reverse() : sorted;
}

function matches(product: ProductDraft, wish: Wish): boolean {
  const words = indexedWordsOf(product.name, product.description);
  return (
    wordsOf(wish.search ?? '').every((term) => words.some((word) => word.startsWith(term))) &&
    (wish.category.length === 0 || wish.category.includes(product.category)) &&
    product.priceMinor >= (wish.minPrice ?? 0) * 100 &&
    product.priceMinor <= (wish.maxPrice ?? Infinity) * 100 &&
    (wish.inStock === undefined || product.stock > 0 === wish.inStock) &&
    (wish.near === undefined || distanceKm(product, wish.near) <= wish.radiusKm)
  );
}

function defaultOrder({ sort }: Wish): 'asc' | 'desc' {
  return sort === 'price' || sort === 'name' || sort === 'distance' ? 'asc' : 'desc';
}

function compare(a: ProductDraft, b: ProductDraft, wish: Wish): number {
  const newer = (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0);
  if (wish.sort === 'price') return a.priceMinor - b.priceMinor;
  if (wish.sort === 'name') return Buffer.compare(nameKey(a), nameKey(b));
  if (wish.sort === 'distance') return distanceKm(a, wish.near) - distanceKm(b, wish.near);
  if (wish.sort === 'createdAt' || wish.search === undefined) return newer;
  return Number(nameHas(a, wish.search)) - Number(nameHas(b, wish.search)) || newer;
}

function nameHas({ name }: ProductDraft, search: string): boolean {
  return wordsOf(search).every((term) => indexedWordsOf(name).some((word) => word.startsWith(term)));
}

function nameKey({ name }: ProductDraft): Buffer {
  return Buffer.from(indexedWordsOf(name).join(' '));
}

function indexedWordsOf(...texts: string[]): string[] {
  return toSearchText(...texts)
    .trim()
    .split(' ');
}

/** The haversine formula as textbooks have it, on the mean radius of the Earth; infinite if the coordinates are unknown. */
function distanceKm({ producer }: Pick<ProductDraft, 'producer'>, from: Wish['near']): number {
  if (from === undefined || producer.latitude === null || producer.longitude === null) return Infinity;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [phiA, phiB] = [radians(producer.latitude), radians(from.latitude)];
  const haversine = (angle: number) => Math.sin(angle / 2) ** 2;
  const h =
    haversine(phiA - phiB) + Math.cos(phiA) * Math.cos(phiB) * haversine(radians(producer.longitude - from.longitude));
  return 2 * 6_371.0088 * Math.asin(Math.sqrt(Math.min(1, h)));
}
