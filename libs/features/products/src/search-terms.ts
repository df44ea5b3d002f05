/**
 * How text becomes words, for products and for searches alike, so that every way of finding a word gives the
 * same rows: case, accents and punctuation do not count; scripts such as Devanagari keep their vowel signs.
 */

/** Combining diacritics of Latin, Greek and Cyrillic. Marks of other scripts carry meaning and stay. */
const DIACRITICS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;
/** Joiners, soft hyphens and apostrophes stand inside a word: farmer's is farmers. */
const INSIDE_A_WORD = /[\p{Cf}'’ʼ`´]/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const HAS_LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** `"Farmer's Crème-fraîche"` → `['farmers', 'creme', 'fraiche']` */
export function wordsOf(text: string): string[] {
  const folded = text
    .replace(INSIDE_A_WORD, '')
    .normalize('NFKD')
    .toUpperCase() // then lower: ß and ss, σ and ς become one
    .toLowerCase()
    .normalize('NFKD')
    .replace(DIACRITICS, '')
    .replaceAll('ς', 'σ');
  return (folded.match(WORD) ?? []).filter((word) => HAS_LETTER_OR_DIGIT.test(word));
}

/** Words with a space on both sides of each, so that `LIKE '% term%'` finds the beginnings of words. */
export function toSearchText(...texts: string[]): string {
  return ` ${texts.flatMap(wordsOf).join(' ')} `;
}

/** The words that must all begin some word; sorted, and without those that another one implies: `tom tomato` → `tomato`. */
export function toSearchTerms(search: string): string[] {
  const words = [...new Set(wordsOf(search))].sort();
  return words.filter((word, index) => !words[index + 1]?.startsWith(word));
}

/** The same test as `LIKE '% term%'`, for all terms. */
export function containsAllTerms(searchText: string, terms: readonly string[]): boolean {
  return terms.every((term) => searchText.includes(` ${term}`));
}
