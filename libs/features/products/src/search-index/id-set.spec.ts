import fc from 'fast-check';
import { IdSet } from './id-set';

/** Ids of a few blocks, their edges among them. */
const ids = fc.uniqueArray(fc.oneof(fc.nat(30_000), fc.constantFrom(0, 31, 32, 8_191, 8_192, 16_383)), {
  maxLength: 300,
});
const ascending = (set: IdSet) => set.toArray().sort((a, b) => a - b);

describe('a set of ids', () => {
  it('has what was added to it, and nothing else', () => {
    fc.assert(
      fc.property(ids, fc.nat(30_000), (members, other) => {
        const set = IdSet.of(members);
        expect(ascending(set)).toEqual(members.toSorted((a, b) => a - b));
        expect(set.count()).toBe(members.length);
        expect(set.has(other)).toBe(members.includes(other));
      }),
    );
  });

  it('meets and leaves another as sets do', () => {
    fc.assert(
      fc.property(ids, ids, (some, others) => {
        const both = some.filter((id) => others.includes(id)).toSorted((a, b) => a - b);
        const rest = some.filter((id) => !others.includes(id)).toSorted((a, b) => a - b);
        expect(ascending(IdSet.intersectionOf([IdSet.of(some), IdSet.of(others)]))).toEqual(both);
        expect(ascending(IdSet.of(some).subtract(IdSet.of(others)))).toEqual(rest);
      }),
    );
  });

  it('says which ids are at some ranks', () => {
    fc.assert(
      fc.property(ids, fc.uniqueArray(fc.nat(299), { maxLength: 20 }), (members, chosen) => {
        const set = IdSet.of(members);
        const ranks = chosen.filter((rank) => rank < members.length).sort((a, b) => a - b);
        const inOrder = set.toArray();
        expect(set.at(ranks)).toEqual(ranks.map((rank) => inOrder[rank]));
      }),
    );
  });
});
