/**
 * Keys of the search index, an inverted index: a posting list (a set of product ids) for each word of the whole text
 * and of the name alone, for each category, for products in stock, and for all products.
 */

/** The properties of a product that the index, and thus every filter and sort, depends on. */
export interface IndexedProperties {
  readonly nameText: string;
  readonly searchText: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly createdAtMs: number;
  readonly inStock: boolean;
  readonly producerId: number;
}

export interface IndexedProduct extends IndexedProperties {
  readonly id: number;
}

/** Keys from `from` up to but not including `to`; only `from` if `to` is missing. */
export interface KeyRange {
  readonly from: string;
  readonly to?: string;
}

/** In characters; of a longer word only the beginning is stored. */
const MAX_WORD_LENGTH = 100;
/** Prefixes of up to this length have sets of their own: too many words begin with them to be united for a query. */
const SHORT_LENGTH = 2;
const LAST_CHARACTER = '\u{10ffff}';

export const ALL = 'all';
export const IN_STOCK = 'stock';

type Text = 'word' | 'name';

export function keysOf(product: IndexedProperties): Set<string> {
  return new Set(collectKeys(product, SHORT_LENGTH));
}

/** Returns the keys that do not depend on the texts. */
export function keysWithoutWords({ category, inStock }: IndexedProperties): string[] {
  return [ALL, categoryKey(category), ...(inStock ? [IN_STOCK] : [])];
}

/** Returns the keys without those of short prefixes, with duplicates. The set of each range is a union of their sets. */
export function wholeKeysOf(product: IndexedProperties): string[] {
  return collectKeys(product, 0);
}

/** Whether the range contains all words with a prefix, even if one stored set has their products. */
export function isWordRange({ from }: KeyRange): boolean {
  return from.startsWith('word:') || from.startsWith('name:');
}

function collectKeys(product: IndexedProperties, shortLength: number): string[] {
  const keys = keysWithoutWords(product);
  addWordKeys(keys, 'word:', product.searchText, shortLength);
  addWordKeys(keys, 'name:', product.nameText, shortLength);
  return keys;
}

/**
 * Whether the sets of these terms contain only matches. Those of a longer term also contain words with the same prefix.
 */
export function areExact(terms: readonly string[]): boolean {
  return terms.every((term) => [...term].length <= MAX_WORD_LENGTH);
}

export function categoryKey(slug: string): string {
  return `category:${slug}`;
}

export function categoryOfKey(key: string): string {
  return key.slice('category:'.length);
}

export const ALL_CATEGORIES: KeyRange = { from: 'category:', to: `category:${LAST_CHARACTER}` };

function addWordKeys(keys: string[], kind: string, words: string, shortLength: number): void {
  for (const word of words.split(' ')) {
    if (word === '') continue;
    for (let length = 1; length <= shortLength; length++) keys.push(kind + beginningOf(word, length));
    keys.push(kind + beginningOf(word, MAX_WORD_LENGTH));
  }
}

/**
 * Returns the keys of the words with this prefix, in the whole text or in the name: `tom` → `word:tom` to
 * `word:tom…`.
 */
export function wordRange(text: Text, prefix: string): KeyRange {
  const { length } = [...prefix];
  const from = `${text}:${beginningOf(prefix, MAX_WORD_LENGTH)}`;
  const isOneKey = length <= SHORT_LENGTH || length >= MAX_WORD_LENGTH;
  return isOneKey ? { from } : { from, to: from + LAST_CHARACTER };
}

/** Returns the first characters of a word, or all if it has fewer. */
function beginningOf(word: string, characters: number): string {
  if (word.length <= characters) return word;
  let end = 0;
  for (let count = 0; count < characters && end < word.length; count++) end += word.codePointAt(end)! > 0xffff ? 2 : 1;
  return word.slice(0, end);
}
