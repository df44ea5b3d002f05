import { IN_STOCK, categoryKey, wordRange, type KeyRange } from '@catalogue';
import type { ProductFilter } from '../list/product-listing';

/**
 * Returns groups of sets for the words, categories and stock of a filter; a match is in every group: `tomato`, in stock
 * → `[[word:tomato …], [stock]]`.
 */
export function rangesOf(filter: ProductFilter): KeyRange[][] {
  const ranges = filter.terms.map((term) => [wordRange('word', term)]);
  if (filter.categories.length > 0) ranges.push(filter.categories.map((slug) => ({ from: categoryKey(slug) })));
  if (filter.inStock === true) ranges.push([{ from: IN_STOCK }]);
  return ranges;
}

/** Returns groups of sets; a product whose name contains all terms is in every group. */
export function nameRangesOf(filter: ProductFilter): KeyRange[][] {
  return filter.terms.map((term) => [wordRange('name', term)]);
}
