import fc from 'fast-check';
import { BLOCK_IDS, blockOf } from '../blocks/block';
import { toContainer } from '../blocks/container';
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

  it('intersection and union of any number of sets: they are those of Sets, and leave the sets unchanged', () => {
    fc.assert(
      fc.property(fc.array(ids, { maxLength: 4 }), (lists) => {
        const sets = lists.map((list) => IdSet.of(list));
        const [first = [], ...others] = lists;
        const common = first.filter((id) => others.every((list) => list.includes(id)));
        expect(idsOf(IdSet.intersectionOf(sets))).toEqual(common.toSorted((a, b) => a - b));
        expect(idsOf(IdSet.unionOf(sets))).toEqual([...new Set(lists.flat())].sort((a, b) => a - b));
        expect(sets.map(idsOf)).toEqual(lists.map((list) => list.toSorted((a, b) => a - b)));
      }),
    );
  });

  it('removed blocks: the rest has the ids of the other blocks, and the set is unchanged', () => {
    fc.assert(
      fc.property(ids, fc.subarray([0, 1, 2, 3]), (members, removed) => {
        const set = IdSet.of(members);
        const rest = set.withoutBlocks(new Set(removed));
        const sorted = members.toSorted((a, b) => a - b);
        expect(idsOf(rest)).toEqual(sorted.filter((id) => !removed.includes(blockOf(id))));
        expect(rest.blockCount).toBe(new Set(members.map(blockOf).filter((block) => !removed.includes(block))).size);
        expect(idsOf(set)).toEqual(sorted);
      }),
    );
  });

  it('stored containers: their ids are added, in any order of blocks', () => {
    const blocks = fc.uniqueArray(fc.tuple(fc.nat(3), fc.uniqueArray(fc.nat(BLOCK_IDS - 1))), {
      selector: ([block]) => block,
    });
    fc.assert(
      fc.property(ids, blocks, (members, containers) => {
        const set = IdSet.of(members);
        const all = new Set(members);
        for (const [block, offsets] of containers) {
          set.store(block, new DataView(toContainer(offsets.toSorted((a, b) => a - b)).buffer));
          for (const offset of offsets) all.add(block * BLOCK_IDS + offset);
        }
        expect(idsOf(set)).toEqual([...all].sort((a, b) => a - b));
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
        { numRuns: 40 },
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
        { numRuns: 40 },
      );
    });

    it('value filter: it keeps only ids whose value passes the test', () => {
      fc.assert(
        fc.property(members, fc.integer({ min: 1, max: 20 }), (all, divisor) => {
          const set = IdSet.of(all);
          set.keepValues(column, (value) => value % divisor === 0);
          expect(set.toArray()).toEqual(all.filter((id) => valueOf(id) % divisor === 0));
        }),
        { numRuns: 40 },
      );
    });

    it('extraction: it returns all ids, ascending, with their values; but no id of a block without values', () => {
      fc.assert(
        fc.property(members, fc.uniqueArray(fc.integer({ min: 2 * BLOCK_IDS, max: 30_000 })), (all, others) => {
          const { abbreviatedKeys, ids } = IdSet.of([...others, ...all]).keyedBy(column);
          expect([...ids]).toEqual(all);
          expect([...abbreviatedKeys]).toEqual(all.map(valueOf));
        }),
        { numRuns: 40 },
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
        { numRuns: 40 },
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
