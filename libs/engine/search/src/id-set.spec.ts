import fc from 'fast-check';
import { BLOCK_IDS } from './block';
import { Column, withValues } from './column';
import { IdSet } from './id-set';

/** Ids of a few blocks, including the edges of blocks. */
const ids = fc.uniqueArray(fc.oneof(fc.nat(30_000), fc.constantFrom(0, 31, 32, 8_191, 8_192, 16_383)), {
  maxLength: 300,
});
const idsOf = (set: IdSet) => set.toArray();

describe('id set', () => {
  it('membership: a set contains exactly the ids that were added', () => {
    fc.assert(
      fc.property(ids, fc.nat(30_000), (members, other) => {
        const set = IdSet.of(members);
        expect(idsOf(set)).toEqual(members.toSorted((a, b) => a - b));
        expect(set.count()).toBe(members.length);
        expect(set.has(other)).toBe(members.includes(other));
      }),
    );
  });

  it('intersection and difference: the results are those of mathematical sets', () => {
    fc.assert(
      fc.property(ids, ids, (some, others) => {
        const both = some.filter((id) => others.includes(id)).toSorted((a, b) => a - b);
        const rest = some.filter((id) => !others.includes(id)).toSorted((a, b) => a - b);
        expect(idsOf(IdSet.intersectionOf([IdSet.of(some), IdSet.of(others)]))).toEqual(both);
        expect(idsOf(IdSet.of(some).subtract(IdSet.of(others)))).toEqual(rest);
      }),
    );
  });

  it('select: it returns the ids at given ranks', () => {
    fc.assert(
      fc.property(ids, fc.uniqueArray(fc.nat(299), { maxLength: 20 }), (members, chosen) => {
        const set = IdSet.of(members);
        const ranks = chosen.filter((rank) => rank < members.length).sort((a, b) => a - b);
        const inOrder = set.toArray();
        expect(set.at(ranks)).toEqual(ranks.map((rank) => inOrder[rank]));
      }),
    );
  });

  describe('id set filtered by a column', () => {
    const valueOf = (id: number) => (id * 7_919) % 1_000;
    const column = new Column();
    for (const block of [0, 1])
      column.store(block, viewOfValues(Array.from({ length: BLOCK_IDS }, (_, at) => valueOf(block * BLOCK_IDS + at))));
    /** Few or many ids per block, which are filtered differently. */
    const members = fc
      .tuple(fc.integer({ min: 1, max: 200 }), fc.nat(2 * BLOCK_IDS))
      .map(([step, from]) =>
        Array.from({ length: 2 * BLOCK_IDS }, (_, id) => id).filter((id) => id >= from && id % step === 0),
      );
    const bounds = fc.tuple(fc.nat(1_001), fc.nat(1_001)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

    it('range filter: it keeps only ids with a value within the bounds', () => {
      fc.assert(
        fc.property(members, bounds, (all, [lowest, highest]) => {
          const set = IdSet.of(all);
          set.keepBetween(column, lowest, highest);
          expect(set.toArray()).toEqual(all.filter((id) => valueOf(id) >= lowest && valueOf(id) <= highest));
        }),
      );
    });

    it('bitmap filter: it keeps only ids whose value is set in a bitmap', () => {
      fc.assert(
        fc.property(members, fc.array(fc.nat(0xffff_ffff), { maxLength: 40 }), (all, list) => {
          const isListed = (value: number) => (((list[value >>> 5] ?? 0) >>> (value & 31)) & 1) === 1;
          const set = IdSet.of(all);
          set.keepListed(column, Uint32Array.of(...list, 0));
          expect(set.toArray()).toEqual(all.filter((id) => isListed(valueOf(id))));
        }),
      );
    });

    it('range scan: it returns ids with a value within the bounds, in order of id among equal values', () => {
      fc.assert(
        fc.property(members, bounds, (all, [lowest, highest]) => {
          const { abbreviatedKeys, ids } = IdSet.of(all).keyedBetween(column, lowest, highest);
          const foundIds = [...ids];
          expect([...abbreviatedKeys]).toEqual(foundIds.map(valueOf));
          for (let value = lowest; value <= highest; value += 97)
            expect(foundIds.filter((id) => valueOf(id) === value)).toEqual(all.filter((id) => valueOf(id) === value));
          expect(foundIds).toHaveLength(all.filter((id) => valueOf(id) >= lowest && valueOf(id) <= highest).length);
        }),
      );
    });

    it('missing value: a filter removes an id without a value', () => {
      const set = IdSet.of([1, 2 * BLOCK_IDS + 1]);
      set.keepBetween(column, 0, 1_000);
      expect(set.toArray()).toEqual([1]);
    });
  });
});

function viewOfValues(values: readonly number[]): DataView {
  return new DataView(
    withValues(
      undefined,
      values.map((value, at) => [at, value] as const),
    ).buffer,
  );
}
