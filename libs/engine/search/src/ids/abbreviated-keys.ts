/**
 * Abbreviated keys, as in PostgreSQL: sort keys as 32-bit numbers in the same order. A smaller sort key never has a
 * larger abbreviated key; between equal abbreviated keys the full sort keys decide. With the abbreviated keys of all ids
 * a page is selected at any depth without reading rows.
 *
 * Source: PostgreSQL, src/include/utils/sortsupport.h, "abbreviated key".
 */

/** Full sort key of an id: a folded text, compared by code points, or a number. */
export type SortKey = string | number;

/** Highest abbreviated key, 2³² − 1; the lowest is 0. */
export const MAX_ABBREVIATED_KEY = 0xffff_ffff;

/**
 * Conversion of one kind of sort key. Keys of another kind are not refused; their abbreviated keys are unspecified.
 *
 * `textKeys.highestOf(textKeys.abbreviate(' tomato '))` → ` tomat\u{10ffff}`.
 */
export interface AbbreviatedKeys {
  /** Returns a whole number from 0 to MAX_ABBREVIATED_KEY. */
  readonly abbreviate: (key: SortKey) => number;
  /** Lower bound of all sort keys with this or a higher abbreviated key; undefined if it is unbounded. */
  readonly lowestOf: (abbreviatedKey: number) => SortKey | undefined;
  /** Upper bound of all sort keys with this or a lower abbreviated key; undefined if it is unbounded. */
  readonly highestOf: (abbreviatedKey: number) => SortKey | undefined;
}

/** Whole numbers from 0 to MAX_ABBREVIATED_KEY, such as prices in cents, each its own abbreviated key: 1,999 → 1,999. */
export const integerKeys: AbbreviatedKeys = {
  abbreviate: Number,
  lowestOf: (abbreviatedKey) => (abbreviatedKey === 0 ? undefined : abbreviatedKey),
  highestOf: (abbreviatedKey) => (abbreviatedKey === MAX_ABBREVIATED_KEY ? undefined : abbreviatedKey),
};

const EPOCH_MS = Date.UTC(2000, 0, 1);

/**
 * Times in milliseconds since 1970, abbreviated to seconds since 2000: `Date.UTC(2000, 0, 1) + 1_500` → 1. Times before
 * 2000 share the lowest key, and times from February 2136 on the highest.
 */
export const timeKeys: AbbreviatedKeys = {
  abbreviate: (timeMs) => Math.min(MAX_ABBREVIATED_KEY, Math.max(0, Math.floor((Number(timeMs) - EPOCH_MS) / 1_000))),
  lowestOf: (abbreviatedKey) => (abbreviatedKey === 0 ? undefined : abbreviatedKey * 1_000 + EPOCH_MS),
  highestOf: (abbreviatedKey) =>
    abbreviatedKey === MAX_ABBREVIATED_KEY ? undefined : abbreviatedKey * 1_000 + 999 + EPOCH_MS,
};

/**
 * Folded texts in the order of their code points, abbreviated to their first letters: ` tomato ` and ` tomatillo ` have
 * the same key. A folded text begins with a space; its ASCII characters are spaces, digits and lower-case letters. It
 * does not contain U+10FFFF, which is not a character, and with which upper bounds end.
 */
export const textKeys: AbbreviatedKeys = {
  abbreviate: (text) => abbreviatedText(String(text)),
  lowestOf: (abbreviatedKey) => {
    if (abbreviatedKey === 0) return undefined;
    const { letters, next } = prefixOf(abbreviatedKey);
    return ` ${letters}${next}`;
  },
  highestOf: (abbreviatedKey) =>
    abbreviatedKey === MAX_ABBREVIATED_KEY ? undefined : ` ${prefixOf(abbreviatedKey).letters}\u{10ffff}`,
};

const LATIN = ' 0123456789abcdefghijklmnopqrstuvwxyz';
const OTHER = 63;

/**
 * The first characters of a text. Each character of LATIN takes 6 bits, numbered from 1; any other character takes 6
 * bits for OTHER and 16 for itself, or OTHER alone if those do not fit.
 */
function abbreviatedText(text: string): number {
  let abbreviatedKey = 0;
  let bitsLeft = 32;
  const put = (bits: number, symbol: number) => {
    bitsLeft -= bits;
    abbreviatedKey += symbol * 2 ** bitsLeft;
  };
  for (const character of text.slice(1)) {
    if (bitsLeft < 6) break;
    const latin = LATIN.indexOf(character) + 1;
    put(6, latin > 0 ? latin : OTHER);
    if (latin > 0) continue;
    if (bitsLeft < 16) break;
    const codePoint = character.codePointAt(0) ?? 0;
    put(16, Math.min(0xffff, codePoint));
    if (codePoint >= 0xffff) break; // later characters must not decide between characters that are equal here
  }
  return abbreviatedKey;
}

/** The prefix of all texts with this abbreviated key, and the lowest possible character after it. */
function prefixOf(abbreviatedKey: number): { letters: string; next: string } {
  let letters = '';
  let bitsLeft = 32;
  const take = (bits: number) => {
    bitsLeft -= bits;
    return Math.floor(abbreviatedKey / 2 ** bitsLeft) % 2 ** bits;
  };
  while (bitsLeft >= 6) {
    const symbol = take(6);
    if (symbol === 0) break;
    const character = symbol === OTHER && bitsLeft >= 16 ? take(16) : undefined;
    if (symbol === OTHER && character === undefined) return { letters, next: '\u0080' };
    if (character === 0xffff) return { letters, next: '\uffff' };
    letters += character === undefined ? LATIN.charAt(symbol - 1) : String.fromCodePoint(character);
  }
  return { letters, next: '' };
}

/**
 * Returns the abbreviated key at a rank (0 is the lowest) by counting bytes (radix selection) instead of sorting:
 * `[30, 10, 20]`, rank 1 → 20. The rank must be below the number of keys.
 */
export function abbreviatedKeyAtRank(abbreviatedKeys: Uint32Array, rank: number): number {
  let prefix = 0;
  let remainingRank = rank;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const counts = countBytes(abbreviatedKeys, prefix, shift);
    let byte = 0;
    for (; remainingRank >= counts[byte]!; byte++) remainingRank -= counts[byte]!;
    prefix = prefix * 0x100 + byte;
  }
  return prefix;
}

/**
 * Counts, among the keys with this prefix, each value of the byte after it. `shift` is the number of bits after that
 * byte.
 */
function countBytes(abbreviatedKeys: Uint32Array, prefix: number, shift: number): number[] {
  const counts = new Array<number>(0x100).fill(0);
  const isFirstByte = shift === 24;
  for (const abbreviatedKey of abbreviatedKeys)
    if (isFirstByte || abbreviatedKey >>> (shift + 8) === prefix) counts[(abbreviatedKey >>> shift) & 0xff]! += 1;
  return counts;
}
