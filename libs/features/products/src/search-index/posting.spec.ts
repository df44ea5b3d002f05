import fc from 'fast-check';
import { IdSet } from './id-set';
import { BLOCK_BYTES, offsetsIn, toPosting } from './posting';
import { viewOf } from './stored-bytes';

const offsets = fc
  .oneof(
    fc.uniqueArray(fc.nat(8_191), { maxLength: 20 }),
    fc.uniqueArray(fc.nat(8_191), { minLength: 505, maxLength: 520 }),
  )
  .map((all) => all.toSorted((a, b) => a - b));

describe('a stored block of a set', () => {
  it('comes back as it was stored, wherever in memory the driver puts it', () => {
    fc.assert(
      fc.property(offsets, fc.nat(7), (stored, shift) => {
        const posting = toPosting(stored);
        const shifted = new Uint8Array(shift + posting.length);
        shifted.set(posting, shift);
        const view = viewOf(shifted.subarray(shift));
        const set = new IdSet();
        set.store(0, view);
        expect(offsetsIn(view)).toEqual(stored);
        expect(set.toArray()).toEqual(stored);
      }),
    );
  });

  it('never takes more than its bits', () => {
    const all = Array.from({ length: 8_192 }, (_, offset) => offset);
    for (const count of [0, 1, 511, 512, 8_192])
      expect(toPosting(all.slice(0, count)).length).toBe(Math.min(2 * count, BLOCK_BYTES));
  });

  it('is united with what the set has already', () => {
    const set = IdSet.of([1, 2]);
    set.store(0, viewOf(toPosting([2, 3])));
    expect(set.toArray()).toEqual([1, 2, 3]);
  });
});
