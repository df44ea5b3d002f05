import { isWordRange, valueIn, wholeKeysOf, type KeyRange } from '@catalogue';
import { keysOf } from '@testing/catalogue';
import fc from 'fast-check';
import { segmentConditions } from '../query/segment';
import type { Condition, FilteredProduct } from './filter';
import { conditionsOf, NO_FILTER, type ProductFilter } from './product-filters';
import type { NameMatch } from './search.filter';

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const optionally = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const EPOCH = 1_760_000_000;

const products: fc.Arbitrary<FilteredProduct> = fc.record({
  nameText: oneOf(' tomato ', ' red tomato ', ' mango '),
  searchText: oneOf(' tomato ', ' tomatillo red ', ' mango आम '),
  category: oneOf('fruits', 'dairy', 'dairy-eggs'),
  priceMinor: oneOf(0, 100, 1_000_000_000),
  createdAtMs: oneOf(0, EPOCH * 1_000 - 1, EPOCH * 1_000, EPOCH * 1_000 + 999, EPOCH * 1_000 + 1_000, 8.64e15),
  inStock: fc.boolean(),
  producerId: oneOf(1, 7),
  position: fc.constant(null),
});

const filters: fc.Arbitrary<ProductFilter> = fc.record({
  terms: oneOf<string[]>([], ['t'], ['tomat', 'red'], ['आ']),
  categories: oneOf<string[]>([], ['dairy'], ['dairy-eggs', 'fruits']),
  minPriceMinor: optionally(oneOf(0, 100)),
  maxPriceMinor: optionally(oneOf(100, 999_999_999)),
  inStock: optionally(fc.boolean()),
  producerId: optionally(oneOf(1, 2)),
  near: fc.constant(undefined),
  createdAfterSeconds: optionally(oneOf(EPOCH, EPOCH + 1)),
  createdBeforeSeconds: optionally(oneOf(EPOCH, EPOCH + 1)),
});

/** Whether the index finds the product: by the keys that are stored for it, and by its column values. */
function isInIndex(product: FilteredProduct, { sets, range }: Condition): boolean {
  const keys = [...keysOf(product)];
  const isInGroup = (group: readonly KeyRange[]) => group.some((of) => keys.some((key) => isInRange(key, of)));
  const value = range && valueIn(range.column, product);
  return (
    (sets?.within ?? []).every(isInGroup) &&
    !sets?.without?.every(isInGroup) &&
    (range === undefined || value === undefined || (value >= range.lowest && value <= range.highest))
  );
}

function isInRange(key: string, { from, to }: KeyRange): boolean {
  return to === undefined ? key === from : key >= from && key < to;
}

describe('filters', () => {
  it('no filter: it has no conditions', () => {
    expect(conditionsOf(NO_FILTER)).toEqual([]);
  });

  it('conditions: the index decides as the predicate does', () => {
    fc.assert(
      fc.property(products, filters, oneOf<NameMatch>('any', 'all', 'some-missing'), (product, filter, nameMatch) => {
        const tier = filter.terms.length === 0 ? 'any' : nameMatch;
        for (const condition of segmentConditions({ filter, nameMatch: tier }))
          expect(isInIndex(product, condition)).toBe(condition.matches(product));
      }),
      { numRuns: 2_000 },
    );
  });

  it('planner sample: whole keys of a word range are those with its prefix', () => {
    fc.assert(
      fc.property(products, filters, (product, filter) => {
        for (const { sets } of conditionsOf(filter))
          for (const range of (sets?.within ?? []).flat().filter(isWordRange)) {
            const isStored = [...keysOf(product)].some((key) => isInRange(key, range));
            expect([...wholeKeysOf(product)].some((key) => key.startsWith(range.from))).toBe(isStored);
          }
      }),
    );
  });
});
