/**
 * What the search index knows a product by. A set of products is kept for each word, of the whole text and of the
 * name alone, for each category, for what is in stock, and for all there are.
 */
import type { ProductFilter } from '../product-listing';

/** What of a product the index depends on. */
export interface IndexedProduct {
  readonly id: number;
  readonly nameText: string;
  readonly searchText: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly createdAtMs: number;
  readonly stock: number;
  readonly producerId: number;
}

/** Keys from this one up to, where there is one, that one. */
export interface KeyRange {
  readonly from: string;
  readonly to?: string;
}

/** In characters; longer words are known by their beginning. */
const MAX_WORD_LENGTH = 100;
/** Beginnings as short as this have a set of their own: too many words begin with them to be united for a query. */
const SHORT_LENGTH = 2;
const LAST_CHARACTER = '\u{10ffff}';

export const ALL = 'all';
export const IN_STOCK = 'stock';

type Text = 'word' | 'name';

export function keysOf(product: IndexedProduct): Set<string> {
  const keys = new Set([ALL, `category:${product.category}`]);
  if (product.stock > 0) keys.add(IN_STOCK);
  addWordKeys(keys, 'word', product.searchText);
  addWordKeys(keys, 'name', product.nameText);
  return keys;
}

/** The sets of which a product must be in each, for what the filter asks of words, category and stock. */
export function rangesOf(filter: ProductFilter): KeyRange[][] {
  const ranges = filter.terms.map((term) => [termRange('word', term)]);
  if (filter.categories.length > 0) ranges.push(filter.categories.map((slug) => ({ from: `category:${slug}` })));
  if (filter.inStock === true) ranges.push([{ from: IN_STOCK }]);
  return ranges;
}

/** The sets of which a product must be in each so that its name has all the terms. */
export function nameRangesOf(filter: ProductFilter): KeyRange[][] {
  return filter.terms.map((term) => [termRange('name', term)]);
}

/** Whether the sets of these terms hold matches only. Those of a longer term also hold words with the same beginning. */
export function areExact(terms: readonly string[]): boolean {
  return terms.every((term) => [...term].length <= MAX_WORD_LENGTH);
}

export function categoryOfKey(key: string): string {
  return key.slice('category:'.length);
}

export const ALL_CATEGORIES: KeyRange = { from: 'category:', to: `category:${LAST_CHARACTER}` };

function addWordKeys(keys: Set<string>, text: Text, words: string): void {
  for (const word of words.split(' ')) {
    if (word === '') continue;
    const characters = [...word];
    for (let length = 1; length <= Math.min(SHORT_LENGTH, characters.length); length++)
      keys.add(`${text}:${characters.slice(0, length).join('')}`);
    keys.add(`${text}:${beginningOf(characters)}`);
  }
}

function termRange(text: Text, term: string): KeyRange {
  const characters = [...term];
  const from = `${text}:${beginningOf(characters)}`;
  const isOneKey = characters.length <= SHORT_LENGTH || characters.length >= MAX_WORD_LENGTH;
  return isOneKey ? { from } : { from, to: from + LAST_CHARACTER };
}

function beginningOf(characters: readonly string[]): string {
  return characters.slice(0, MAX_WORD_LENGTH).join('');
}
