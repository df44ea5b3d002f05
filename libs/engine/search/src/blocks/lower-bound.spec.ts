import fc from 'fast-check';
import { lowerBound } from './lower-bound';

it('lower bound: it equals a search from the first element on', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.nat(32), (values, bound) => {
      const sorted = values.toSorted((a, b) => a - b);
      const first = sorted.findIndex((value) => value >= bound);
      expect(lowerBound(sorted.length, (at) => sorted[at]! < bound)).toBe(first < 0 ? sorted.length : first);
    }),
  );
});
