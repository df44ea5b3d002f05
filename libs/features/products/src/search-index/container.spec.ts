import fc from 'fast-check';
import { IdSet } from './id-set';
import { BLOCK_BYTES, offsetsIn, toContainer } from './container';
import { viewOf } from './stored-bytes';

const offsets = fc
  .oneof(
    fc.uniqueArray(fc.nat(8_191), { maxLength: 20 }),
    fc.uniqueArray(fc.nat(8_191), { minLength: 505, maxLength: 520 }),
  )
  .map((all) => all.toSorted((a, b) => a - b));

describe('stored container (posting)', () => {
  it('round trip: a container is read as it was stored, at any alignment in memory', () => {
    fc.assert(
      fc.property(offsets, fc.nat(7), (stored, shift) => {
        const posting = toContainer(stored);
        const shifted = new Uint8Array(shift + posting.length);
        shifted.set(posting, shift);
        const session = viewOf(shifted.subarray(shift));
        const set = new IdSet();
        set.store(0, session);
        expect(offsetsIn(session)).toEqual(stored);
        expect(set.toArray()).toEqual(stored);
      }),
    );
  });

  it('container size: a container is never larger than its bitmap', () => {
    const all = Array.from({ length: 8_192 }, (_, offset) => offset);
    for (const count of [0, 1, 511, 512, 8_192])
      expect(toContainer(all.slice(0, count)).length).toBe(Math.min(2 * count, BLOCK_BYTES));
  });

  it('union: a stored container is added to the ids of the set', () => {
    const set = IdSet.of([1, 2]);
    set.store(0, viewOf(toContainer([2, 3])));
    expect(set.toArray()).toEqual([1, 2, 3]);
  });
});
