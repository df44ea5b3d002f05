import fc from 'fast-check';
import { BLOCK_WORDS, hasBit, setBit } from '../blocks/bitset';
import { BLOCK_IDS } from '../blocks/block';
import { concat, filterKeyedIds, KeyedIdList, type KeyedIds } from './keyed-ids';

const pair = fc.tuple(fc.nat(0xffff_ffff), fc.maxSafeNat());
const pairs = fc.array(pair, { maxLength: 60 });
type Pairs = readonly (readonly [abbreviatedKey: number, id: number])[];

const toKeyedIds = (all: Pairs): KeyedIds => ({
  abbreviatedKeys: Uint32Array.from(all, ([abbreviatedKey]) => abbreviatedKey),
  ids: Float64Array.from(all, ([, id]) => id),
});
const toPairs = ({ abbreviatedKeys, ids }: KeyedIds) =>
  Array.from(abbreviatedKeys, (abbreviatedKey, at) => [abbreviatedKey, ids[at]] as const);

describe('keyed ids', () => {
  it('filter: it equals that of an array of pairs', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 5 }), (all, divisor) => {
        const kept = filterKeyedIds(toKeyedIds(all), (at) => at % divisor === 0);
        expect(toPairs(kept)).toEqual(all.filter((_, at) => at % divisor === 0));
      }),
    );
  });

  it('concatenation: it equals that of arrays of pairs', () => {
    fc.assert(
      fc.property(fc.array(pairs, { maxLength: 4 }), (lists) => {
        expect(toPairs(concat(lists.map(toKeyedIds)))).toEqual(lists.flat());
      }),
    );
  });

  it('growing list: it has all pairs beyond its first capacity, and members of a bitset in the order of the offsets', () => {
    const offsets = fc.uniqueArray(fc.nat(BLOCK_IDS - 1), { maxLength: 50 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_500 }),
        offsets,
        offsets,
        fc.nat(1_000),
        (count, some, members, block) => {
          const list = new KeyedIdList();
          const expected: [number, number][] = Array.from({ length: count }, (_, at) => [7 * at, at]);
          for (const [abbreviatedKey, id] of expected) list.push(abbreviatedKey, id);
          const words = new Uint32Array(BLOCK_WORDS);
          for (const offset of members) setBit(words, offset);
          const values = Uint32Array.from({ length: BLOCK_IDS }, (_, offset) => offset * 5);
          list.pushMembers(Uint16Array.from(some), words, values, block * BLOCK_IDS);
          for (const offset of some) if (hasBit(words, offset)) expected.push([offset * 5, block * BLOCK_IDS + offset]);
          expect(toPairs(list.toKeyedIds())).toEqual(expected);
        },
      ),
      { numRuns: 15 },
    );
  });
});
