/**
 * Sort keys as numbers of 32 bits in the same order: what sorts first never has the larger code, equal codes are
 * decided by the database. With the codes of all products a list is cut at any depth without reading its rows.
 */
export type ColumnSort = 'price' | 'name' | 'createdAt';

export const MAX_ABBREVIATED_KEY = 0xffff_ffff;
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** Lower keys never have higher codes. */
export function abbreviatedKeyOf(sort: ColumnSort, key: string | number): number {
  switch (sort) {
    case 'price':
      return Number(key);
    case 'createdAt':
      return Math.min(MAX_ABBREVIATED_KEY, Math.max(0, Math.floor((Number(key) - EPOCH_MS) / 1_000)));
    case 'name':
      return abbreviatedNameKey(String(key));
  }
}

/** All keys with this or a higher code are at least this one; undefined where every key is. */
export function lowestKeyOf(sort: ColumnSort, abbreviatedKey: number): string | number | undefined {
  if (abbreviatedKey === 0) return undefined;
  if (sort === 'price') return abbreviatedKey;
  if (sort === 'createdAt') return abbreviatedKey * 1_000 + EPOCH_MS;
  const { letters, next } = beginningOf(abbreviatedKey);
  return ` ${letters}${next}`;
}

/** All keys with this or a lower code are at most this one; undefined where every key is. */
export function highestKeyOf(sort: ColumnSort, abbreviatedKey: number): string | number | undefined {
  if (abbreviatedKey === MAX_ABBREVIATED_KEY) return undefined;
  if (sort === 'price') return abbreviatedKey;
  return sort === 'createdAt'
    ? abbreviatedKey * 1_000 + 999 + EPOCH_MS
    : ` ${beginningOf(abbreviatedKey).letters}\u{10ffff}`;
}

const LATIN = ' 0123456789abcdefghijklmnopqrstuvwxyz';
const OTHER = 63;

/**
 * The first letters of a name: 6 bits for each of LATIN, counted from 1; any other character is OTHER and 16 bits of
 * its own, or OTHER alone where those do not fit.
 */
function abbreviatedNameKey(nameText: string): number {
  let abbreviatedKey = 0;
  let bitsLeft = 32;
  const put = (bits: number, symbol: number) => {
    bitsLeft -= bits;
    abbreviatedKey += symbol * 2 ** bitsLeft;
  };
  for (const character of nameText.slice(1)) {
    if (bitsLeft < 6) break;
    const latin = LATIN.indexOf(character) + 1;
    put(6, latin > 0 ? latin : OTHER);
    if (latin > 0) continue;
    if (bitsLeft < 16) break;
    const codePoint = character.codePointAt(0) ?? 0;
    put(16, Math.min(0xffff, codePoint));
    if (codePoint >= 0xffff) break; // what follows must not decide between characters that look alike here
  }
  return abbreviatedKey;
}

/** What all names with this code begin with, and what the character after it is at least. */
function beginningOf(abbreviatedKey: number): { letters: string; next: string } {
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

/** The code at a rank (0 is the lowest), found by counting codes of each byte in turn instead of sorting them. */
export function abbreviatedKeyAtRank(abbreviatedKeys: Uint32Array, rank: number): number {
  let found = 0;
  let rankInside = rank;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const counts = countBytes(abbreviatedKeys, found, shift);
    let byte = 0;
    for (; rankInside >= counts[byte]!; byte++) rankInside -= counts[byte]!;
    found = found * 0x100 + byte;
  }
  return found;
}

/** How many of the codes with a beginning have each byte behind it, which has so many bits to its right. */
function countBytes(abbreviatedKeys: Uint32Array, beginning: number, shift: number): number[] {
  const counts = new Array<number>(0x100).fill(0);
  const isWhole = shift === 24;
  for (const abbreviatedKey of abbreviatedKeys)
    if (isWhole || abbreviatedKey >>> (shift + 8) === beginning) counts[(abbreviatedKey >>> shift) & 0xff]! += 1;
  return counts;
}
