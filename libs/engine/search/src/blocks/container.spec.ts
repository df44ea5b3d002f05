import fc from 'fast-check';
import { IdSet } from '../ids/id-set';
import { BLOCK_BYTES, offsetsIn, toContainer } from './container';

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const offsets = fc
  .oneof(
    fc.uniqueArray(fc.nat(8_191), { maxLength: 20 }),
    fc.uniqueArray(fc.nat(8_191), { minLength: 505, maxLength: 520 }),
  )
  .map((all) => all.toSorted((a, b) => a - b));

describe('stored container', () => {
  it('round trip: a container is read as it was stored, at any alignment in memory', () => {
    fc.assert(
      fc.property(offsets, fc.nat(7), (stored, shift) => {
        const container = toContainer(stored);
        const shifted = new Uint8Array(shift + container.length);
        shifted.set(container, shift);
        const view = viewOf(shifted.subarray(shift));
        const set = new IdSet();
        set.store(0, view);
        expect(offsetsIn(view)).toEqual(stored);
        expect(set.toArray()).toEqual(stored);
      }),
    );
  });

  it('container size: it never exceeds that of the bitmap', () => {
    const all = Array.from({ length: 8_192 }, (_, offset) => offset);
    for (const count of [0, 1, 511, 512, 8_192])
      expect(toContainer(all.slice(0, count)).length).toBe(Math.min(2 * count, BLOCK_BYTES));
  });

  it('union: the ids of a stored container are added to the set', () => {
    const set = IdSet.of([1, 2]);
    set.store(0, viewOf(toContainer([2, 3])));
    expect(set.toArray()).toEqual([1, 2, 3]);
  });
});
