import fc from 'fast-check';
import {
  abbreviatedKeyAtRank,
  integerKeys,
  MAX_ABBREVIATED_KEY,
  textKeys,
  timeKeys,
  type AbbreviatedKeys,
} from './abbreviated-keys';

/** Compares texts as the databases do: by code points. */
const compare = (a: string | number, b: string | number) =>
  typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));

/** Folded texts have no other ASCII characters than these, and no U+10FFFF, which is not a character. */
const character = fc.oneof(
  fc.constantFrom(...' 09az'.split(''), 'é', 'क', 'ि', 'ﺎ', '𐐨', '𠀀', 'ａ'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((text) => text > '\u007f' && text !== '\u{10ffff}'),
);
const kinds: [string, AbbreviatedKeys, fc.Arbitrary<string | number>][] = [
  ['integers', integerKeys, fc.nat(1_000_000_000)],
  ['times', timeKeys, fc.oneof(fc.nat(2_000_000_000_000), fc.constantFrom(0, 946_684_800_000, 8.64e15))],
  ['folded texts', textKeys, fc.array(character, { maxLength: 8 }).map((characters) => ` ${characters.join('')} `)],
];

describe.each(kinds)('abbreviated keys of %s', (_, { abbreviate, lowestOf, highestOf }, key) => {
  it('sort order: a smaller sort key never has a larger abbreviated key', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [low, high] = compare(a, b) <= 0 ? [a, b] : [b, a];
        return abbreviate(low) <= abbreviate(high) && abbreviate(high) <= MAX_ABBREVIATED_KEY;
      }),
      { numRuns: 2_000 },
    );
  });

  it('lower and upper bound: sort keys are within the bounds of their abbreviated keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [low, high] = abbreviate(a) <= abbreviate(b) ? [a, b] : [b, a];
        const lowest = lowestOf(abbreviate(low));
        const highest = highestOf(abbreviate(high));
        return (
          (lowest === undefined || compare(high, lowest) >= 0) && (highest === undefined || compare(low, highest) <= 0)
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

it('abbreviated key: texts are distinguished by their first five letters', () => {
  expect(textKeys.abbreviate(' tomato ')).toBe(textKeys.abbreviate(' tomatillo '));
  expect(textKeys.abbreviate(' tomato ')).not.toBe(textKeys.abbreviate(' tombola '));
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
