import fc from 'fast-check';
import { and, andNot, bitsIn, BLOCK_WORDS, countBits, hasBit, isListed, keepIf, offsetOf, or, setBit } from './bitset';
import { BLOCK_IDS } from './block';

/** Offsets of a block, with the edges of words. */
const offsets = fc.uniqueArray(fc.oneof(fc.nat(BLOCK_IDS - 1), fc.constantFrom(0, 31, 32, 63, BLOCK_IDS - 1)), {
  maxLength: 200,
});

function toWords(members: readonly number[]): Uint32Array {
  const words = new Uint32Array(BLOCK_WORDS);
  for (const offset of members) setBit(words, offset);
  return words;
}

/** Scans all offsets of the block. */
const offsetsOf = (words: Uint32Array) =>
  Array.from({ length: BLOCK_IDS }, (_, offset) => offset).filter((offset) => hasBit(words, offset));

const ascending = (members: Iterable<number>) => [...members].sort((a, b) => a - b);

describe('bitset of a block', () => {
  it('bits: those of a set of offsets are set and counted, and no others', () => {
    fc.assert(
      fc.property(offsets, (members) => {
        const words = toWords(members);
        expect(offsetsOf(words)).toEqual(ascending(members));
        expect(countBits(words)).toBe(members.length);
        expect(hasBit(words, BLOCK_IDS)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('union, intersection, difference: the first bitset becomes that of the Set, the second is unchanged', () => {
    fc.assert(
      fc.property(offsets, offsets, (some, others) => {
        const otherWords = toWords(others);
        const result = (change: typeof and) => {
          const words = toWords(some);
          change(words, otherWords);
          return offsetsOf(words);
        };
        const otherSet = new Set(others);
        expect(result(or)).toEqual(ascending(new Set([...some, ...others])));
        expect(result(and)).toEqual(ascending(some.filter((offset) => otherSet.has(offset))));
        expect(result(andNot)).toEqual(ascending(some.filter((offset) => !otherSet.has(offset))));
        expect(otherWords).toEqual(toWords(others));
      }),
      { numRuns: 50 },
    );
  });

  it('filter: each set bit is tested once, and kept if it passes', () => {
    fc.assert(
      fc.property(offsets, fc.integer({ min: 1, max: 7 }), (members, divisor) => {
        const words = toWords(members);
        const tested: number[] = [];
        keepIf(words, (offset) => {
          tested.push(offset);
          return offset % divisor === 0;
        });
        expect(tested).toEqual(ascending(members));
        expect(offsetsOf(words)).toEqual(ascending(members.filter((offset) => offset % divisor === 0)));
      }),
    );
  });

  it('list of values: it contains exactly its set bits, however large a value is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(95)), fc.oneof(fc.nat(200), fc.nat(0xffff_ffff)), (listed, value) => {
        const list = new Uint32Array(4);
        for (const each of listed) setBit(list, each);
        expect(isListed(list, value)).toBe(listed.includes(value));
      }),
    );
  });

  it('word: its bits are counted, and the lowest is found', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(31), { minLength: 1 }), fc.nat(BLOCK_WORDS - 1), (bits, at) => {
        const word = bits.reduce((sum, bit) => sum | (1 << bit), 0);
        expect(bitsIn(word)).toBe(bits.length);
        expect(offsetOf(at, word)).toBe(32 * at + Math.min(...bits));
      }),
    );
  });
});
