/**
 * Columns of the search index: a 32-bit value per product for each property that lists are sorted or filtered by and
 * that has no sets.
 */
import { fingerprintOf } from '@engine/search';
import type { IndexedProperties } from './index-keys';
import { SORT_KEYS, type ColumnSort } from './sort-keys';

/** Abbreviated keys of the sorts, the fingerprint of the name, and the producer id. */
export type ColumnName = ColumnSort | 'nameHigh' | 'nameLow' | 'producer';
export const COLUMNS: readonly ColumnName[] = ['price', 'name', 'nameHigh', 'nameLow', 'createdAt', 'producer'];

export function columnKey(column: ColumnName): string {
  return `column:${column}`;
}

export function valueIn(column: ColumnName, product: IndexedProperties): number {
  switch (column) {
    case 'producer':
      return product.producerId;
    case 'price':
      return SORT_KEYS.price.abbreviate(product.priceMinor);
    case 'name':
      return SORT_KEYS.name.abbreviate(product.nameText);
    case 'nameHigh':
      return fingerprintOf(product.nameText).high;
    case 'nameLow':
      return fingerprintOf(product.nameText).low;
    case 'createdAt':
      return SORT_KEYS.createdAt.abbreviate(product.createdAtMs);
  }
}
