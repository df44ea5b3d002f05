/** The sorts of the catalogue that have a column, and the kind of their sort keys. */
import { integerKeys, textKeys, timeKeys, type AbbreviatedKeys } from '@engine/search';

export type ColumnSort = 'price' | 'name' | 'createdAt';

export const SORT_KEYS: Readonly<Record<ColumnSort, AbbreviatedKeys>> = {
  price: integerKeys,
  name: textKeys,
  createdAt: timeKeys,
};
