/** The values that a list is sorted by, and their order. */
import { containsAllTerms } from '@catalogue';
import type { ProductListing, ProductRow, SortKeys, SortOrder } from './product-listing';

type SortedProduct = Pick<ProductRow, 'id' | 'priceMinor' | 'nameText' | 'createdAtMs' | 'chordSquared'>;

export function keysOf(product: SortedProduct, { sort, filter }: Pick<ProductListing, 'sort' | 'filter'>): SortKeys {
  switch (sort) {
    case 'price':
      return [product.priceMinor, product.id];
    case 'name':
      return [product.nameText, product.id];
    case 'createdAt':
      return [product.createdAtMs, product.id];
    case 'distance':
      return [product.chordSquared ?? 0, product.id];
    case 'relevance':
      return [containsAllTerms(product.nameText, filter.terms) ? 1 : 0, product.createdAtMs, product.id];
  }
}

/** Negative if `a` precedes `b`. Texts are compared by code points, as in the databases: `[2, 7]`, `[2, 9]` → -2. */
export function compareKeys(a: SortKeys, b: SortKeys, order: SortOrder): number {
  for (let at = 0; at < a.length; at++) {
    const difference = compareKey(a[at]!, b[at]!);
    if (difference !== 0) return order === 'asc' ? difference : -difference;
  }
  return 0;
}

function compareKey(a: SortKeys[number], b: SortKeys[number]): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a === b ? 0 : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
