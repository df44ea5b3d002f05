/**
 * Splits text into folded words, the same for products and searches, so every access path finds the same rows. Folding
 * ignores case, accents and punctuation and converts native digits; scripts such as Devanagari keep their vowel signs.
 * Folding is idempotent: folded words fold to themselves.
 */

/**
 * Combining marks that folding removes: diacritics of Latin, Greek and Cyrillic, Hebrew points, Arabic harakat and
 * hamza above or below a letter, and the nukta of Indic scripts, which is often omitted in writing. Other marks carry
 * meaning.
 */
const IGNORED_MARKS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]/g;

/** Format characters such as joiners and soft hyphens, and the Arabic tatweel, which only stretches a word. */
const IGNORED_CHARACTERS = /[\p{Cf}\u0640]/gu;

/** Replacements of letters without a decomposition, and of letter variants that are used interchangeably. */
const VARIANTS: Readonly<Record<string, string>> = {
  ς: 'σ',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  // Chandrabindu → anusvara: Devanagari, Bengali, Gurmukhi (and tippi), Gujarati, Odia, Telugu, Kannada
  '\u0901': '\u0902',
  '\u0981': '\u0982',
  '\u0a01': '\u0a02',
  '\u0a70': '\u0a02',
  '\u0a81': '\u0a82',
  '\u0b01': '\u0b02',
  '\u0c00': '\u0c02',
  '\u0c80': '\u0c82',
  // Arabic, Persian and Urdu: alef wasla → alef, alef maksura and farsi yeh → yeh, keheh → kaf, teh marbuta and others → heh
  '\u0671': '\u0627',
  '\u0649': '\u064a',
  '\u06cc': '\u064a',
  '\u06a9': '\u0643',
  '\u0629': '\u0647',
  '\u06c1': '\u0647',
  '\u06c3': '\u0647',
  '\u06d5': '\u0647',
};

/** Apostrophes, and marks used as one, in any script. NFKD decomposes some of them. */
const APOSTROPHES = /[`´‘’‛′＇ʹʻʼʽˈ՚׳ߴߵꞋꞌ]/g;
const NATIVE_DIGIT = /(?![0-9])\p{Nd}/gu;
const TOKEN = /[\p{L}\p{N}\p{M}']+/gu;
const HAS_LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const NOT_ASCII = /[^\p{ASCII}]/gu;
const ONLY_ASCII = /^[\x20-\x7e]*$/;

/**
 * Minimum length, in characters, of a word after an apostrophe: `olive` in `d'olive` is a word, `s` in `farmer's` is
 * not.
 */
const MIN_ELIDED_LENGTH = 2;

/**
 * Returns the folded words; an apostrophe does not split a word: `"Farmer's Crème-fraîche"` →
 * `['farmers', 'creme', 'fraiche']`
 */
export function wordsOf(text: string): string[] {
  return tokensOf(text).map(withoutApostrophes);
}

/**
 * Returns the words with a space on both sides of each, so that `LIKE '% term%'` matches word prefixes. Words after an
 * apostrophe are appended: `"Huile d'olive"` → `' huile dolive olive '`.
 */
export function toSearchText(...texts: string[]): string {
  const tokens = texts.flatMap(tokensOf);
  const elided = tokens.flatMap((token) => token.split("'").slice(1)).filter(isWord);
  return ` ${[...tokens.map(withoutApostrophes), ...elided].join(' ')} `;
}

/**
 * Returns the sorted words of a search, each a prefix to match, without prefixes of other words: `tom tomato` →
 * `['tomato']`.
 */
export function toSearchTerms(search: string): string[] {
  const words = [...new Set(wordsOf(search))].sort();
  return words.filter((word, index) => !words[index + 1]?.startsWith(word));
}

/** Returns whether `LIKE '% term%'` holds for every term. */
export function containsAllTerms(searchText: string, terms: readonly string[]): boolean {
  return terms.every((term) => searchText.includes(` ${term}`));
}

function tokensOf(text: string): string[] {
  return (fold(text).match(TOKEN) ?? []).filter((token) => HAS_LETTER_OR_DIGIT.test(token));
}

/** Normalises again, because removing an apostrophe can make marks adjacent, which NFKD orders. */
function withoutApostrophes(token: string): string {
  return token.includes("'") ? token.replaceAll("'", '').normalize('NFKD') : token;
}

function isWord(part: string): boolean {
  return HAS_LETTER_OR_DIGIT.test(part) && [...part].length >= MIN_ELIDED_LENGTH;
}

function fold(text: string): string {
  if (ONLY_ASCII.test(text)) return text.toLowerCase().replaceAll('`', "'");
  return text
    .replace(APOSTROPHES, "'")
    .normalize('NFKD')
    .toLowerCase() // the round trip through upper case maps ß, ẞ and ss to ss
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(APOSTROPHES, "'") // NFKD decomposes ŉ into ʼn
    .replace(IGNORED_CHARACTERS, '')
    .replace(IGNORED_MARKS, '')
    .replace(NOT_ASCII, (letter) => VARIANTS[letter] ?? letter)
    .replace(NATIVE_DIGIT, (digit) => String(valueOfDigit(digit.codePointAt(0)!)))
    .normalize('NFKD'); // orders marks that have become adjacent
}

/** Relies on the digits of each script being consecutive code points from 0 to 9 (Unicode Standard, 4.6). */
function valueOfDigit(codePoint: number): number {
  let zero = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (codePoint - zero) % 10;
}
