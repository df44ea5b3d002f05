import fc from 'fast-check';
import { toSearchText } from '../search-terms';
import {
  abbreviatedKeyAtRank,
  abbreviatedKeyOf,
  highestKeyOf,
  lowestKeyOf,
  MAX_ABBREVIATED_KEY,
  type ColumnSort,
} from './abbreviated-keys';

/** Compares texts as the databases do: by code points. */
const compare = (a: string | number, b: string | number) =>
  typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));

const character = fc.oneof(
  fc.constantFrom(...' 09az'.split(''), 'é', 'क', 'ि', 'ﺎ', '𐐨', '𠀀', 'Ａ'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const keys: [ColumnSort, fc.Arbitrary<string | number>][] = [
  ['price', fc.nat(1_000_000_000)],
  ['createdAt', fc.oneof(fc.nat(2_000_000_000_000), fc.constantFrom(0, 946_684_800_000, 8.64e15))],
  ['name', fc.array(character, { maxLength: 8 }).map((characters) => toSearchText(characters.join('')))],
];

describe.each(keys)('abbreviated key of %s', (sort, key) => {
  it('sort order: a smaller sort key never has a larger abbreviated key', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [low, high] = compare(a, b) <= 0 ? [a, b] : [b, a];
        expect(abbreviatedKeyOf(sort, low)).toBeLessThanOrEqual(abbreviatedKeyOf(sort, high));
        expect(abbreviatedKeyOf(sort, high)).toBeLessThanOrEqual(MAX_ABBREVIATED_KEY);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lower and upper bound: sort keys are within the bounds of their abbreviated keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [low, high] = abbreviatedKeyOf(sort, a) <= abbreviatedKeyOf(sort, b) ? [a, b] : [b, a];
        const lowest = lowestKeyOf(sort, abbreviatedKeyOf(sort, low));
        const highest = highestKeyOf(sort, abbreviatedKeyOf(sort, high));
        if (lowest !== undefined) expect(compare(high, lowest)).toBeGreaterThanOrEqual(0);
        if (highest !== undefined) expect(compare(low, highest)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('abbreviated key: names are distinguished by their first five letters', () => {
  expect(abbreviatedKeyOf('name', ' tomato ')).toBe(abbreviatedKeyOf('name', ' tomatillo '));
  expect(abbreviatedKeyOf('name', ' tomato ')).not.toBe(abbreviatedKeyOf('name', ' tombola '));
});

it('selection by rank: the abbreviated key at a rank equals that of sorting', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(5), fc.nat(MAX_ABBREVIATED_KEY)), { minLength: 1 }),
      fc.nat(99),
      (abbreviatedKeys, some) => {
        const rank = some % abbreviatedKeys.length;
        expect(abbreviatedKeyAtRank(Uint32Array.from(abbreviatedKeys), rank)).toBe(
          abbreviatedKeys.toSorted((a, b) => a - b)[rank],
        );
      },
    ),
  );
});
