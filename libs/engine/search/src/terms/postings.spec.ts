import fc from 'fast-check';
import { BLOCK_WORDS, hasBit } from '../blocks/bitset';
import { BLOCK_IDS } from '../blocks/block';
import { Postings } from './postings';

const term = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '𐐨'), maxLength: 4 });

describe('postings', () => {
  it('rows of a term and of a prefix: they are those that a scan of all rows finds', () => {
    fc.assert(
      fc.property(fc.array(fc.array(term, { maxLength: 4 }), { maxLength: 40 }), term, (termsOf, wanted) => {
        const postings = new Postings(termsOf);
        const rowsFor = (add: (bitset: Uint32Array) => void) => {
          const bitset = new Uint32Array(BLOCK_WORDS);
          add(bitset);
          return termsOf.flatMap((_, row) => (hasBit(bitset, row) ? [row] : []));
        };
        const scan = (isWanted: (text: string) => boolean) =>
          termsOf.flatMap((terms, row) => (terms.some(isWanted) ? [row] : []));
        expect(rowsFor((bitset) => postings.addRowsOf(wanted, bitset))).toEqual(scan((text) => text === wanted));
        expect(rowsFor((bitset) => postings.addRowsWithPrefix(wanted, bitset))).toEqual(
          scan((text) => text.startsWith(wanted)),
        );
      }),
    );
  });

  it('rows of a frequent term: a bitset holds them', () => {
    const postings = new Postings(Array.from({ length: BLOCK_IDS }, (_, row) => (row % 2 === 0 ? ['even'] : [])));
    const bitset = new Uint32Array(BLOCK_WORDS);
    postings.addRowsOf('even', bitset);
    expect([hasBit(bitset, 0), hasBit(bitset, 1), hasBit(bitset, BLOCK_IDS - 2)]).toEqual([true, false, true]);
  });

  it('more rows than a block holds: RangeError', () => {
    expect(() => new Postings(Array.from({ length: BLOCK_IDS + 1 }, () => []))).toThrow(RangeError);
  });
});
