import { toUnitVector } from '@catalogue';
import type { FilteredProduct } from '../filters/filter';
import { conditionsOf, NO_FILTER, type ProductFilter } from '../filters/product-filters';
import type { AccessPath } from '../query/access-path';
import { segmentConditions, type Segment } from '../query/segment';
import { CatalogueSample } from './catalogue-sample';
import { ENGINE_COSTS } from './engine-costs';
import { planSegment, type PlannerStatistics } from './query-plan';

const SAMPLED = 8_000;
const CATALOGUE_SIZE = 1_000_000;
const NASHIK = { latitude: 19.9975, longitude: 73.7898 };

/** One product in a hundred is a mango, and mangoes are the most expensive; one in a thousand comes from Nashik. */
function aProductOf(row: number): FilteredProduct {
  const isMango = row % 100 === 0;
  const isNear = row % 1_000 === 7;
  return {
    nameText: isMango ? ` mango ${row} ` : ` tomato ${row} `,
    searchText: ` ${isMango ? 'mango' : 'tomato'} ${row} fresh ${row % 3 === 0 ? 'organic ' : ''}`,
    category: row % 2 === 0 ? 'fruits' : 'vegetables',
    priceMinor: isMango ? 100_000 + row : row,
    createdAtMs: (row * 7_919) % SAMPLED,
    inStock: row % 10 > 0,
    producerId: isNear ? 1 : 2 + (row % 400),
    position: toUnitVector(isNear ? NASHIK : { latitude: -30, longitude: 10 }),
  };
}

const sample = new CatalogueSample(
  Array.from({ length: SAMPLED }, (_, row) => aProductOf(row)),
  CATALOGUE_SIZE,
  123,
);
const statistics: PlannerStatistics = { sample, isIndexComplete: true, costs: ENGINE_COSTS.mysql };

function aSegment({
  filter = {},
  ...overrides
}: Partial<Omit<Segment, 'filter'>> & { filter?: Partial<ProductFilter> }) {
  const segment = {
    nameMatch: 'any',
    sort: 'price',
    direction: 'asc',
    after: undefined,
    offset: 0,
    limit: 21,
  } as const;
  return { ...segment, ...overrides, filter: { ...NO_FILTER, ...filter } };
}

const chosenPath = (segment: Segment, given = statistics) => planSegment(segment, given).candidates[0]?.path;
const candidatePaths = (segment: Segment, given = statistics) =>
  planSegment(segment, given).candidates.map(({ path }) => path);

describe('query planner', () => {
  it.each<[AccessPath, string, Segment]>([
    ['index-scan', 'without a filter', aSegment({})],
    ['index-scan', 'for a category', aSegment({ filter: { categories: ['fruits'] } })],
    ['index-scan', 'for a word that every product contains', aSegment({ filter: { terms: ['fresh'] } })],
    [
      'index-scan',
      'for a rare word whose products come first',
      aSegment({ filter: { terms: ['mango'] }, direction: 'desc' }),
    ],
    ['search-index', 'for a rare word whose products come last', aSegment({ filter: { terms: ['mango'] } })],
    ['search-index', 'for a word that no product contains', aSegment({ filter: { terms: ['zucchini'] } })],
    [
      'search-index',
      'for products out of stock, at a large offset',
      aSegment({ filter: { inStock: false }, offset: 5_000 }),
    ],
    [
      'price-range',
      'for the few products of a price range, sorted by name',
      aSegment({ sort: 'name', filter: { minPriceMinor: 900_000 } }),
    ],
    ['producers', 'for the products of one producer', aSegment({ filter: { producerId: 999_999 } })],
    [
      'nearest-first',
      'sorted by distance, if most nearby products match',
      aSegment({ sort: 'distance', filter: { near: { ...NASHIK, radiusKm: 5 } } }),
    ],
  ])('access path: %s is chosen %s', (path, _, segment) => {
    expect(chosenPath(segment)).toBe(path);
  });

  it('cost order: the first candidate is the cheapest access path', () => {
    const { candidates } = planSegment(
      aSegment({ filter: { terms: ['mango'], minPriceMinor: 5 }, sort: 'name' }),
      statistics,
    );
    expect(candidates).toHaveLength(3);
    const costs = candidates.map(({ costMs }) => costMs);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('incomplete search index: it is not a candidate while it is being built', () => {
    const segment = aSegment({ filter: { terms: ['mango'] } });
    expect(candidatePaths(segment)).toContain('search-index');
    expect(candidatePaths(segment, { ...statistics, isIndexComplete: false })).toEqual(['index-scan']);
    expect(chosenPath(aSegment({ filter: { terms: ['m'.repeat(101)] } }))).toBe('search-index');
  });

  it('missing statistics: an index scan comes first without a filter, the search index with a search', () => {
    const unknown = { ...statistics, sample: undefined };
    expect(candidatePaths(aSegment({}), unknown)).toEqual(['index-scan', 'search-index']);
    expect(candidatePaths(aSegment({ filter: { terms: ['mango'] } }), unknown)).toEqual(['search-index', 'index-scan']);
  });
});

describe('planner statistics', () => {
  const count = (filter: Partial<ProductFilter>) =>
    sample.expected(sample.match(conditionsOf({ ...NO_FILTER, ...filter })));

  it.each<[string, Partial<ProductFilter>, number]>([
    ['no filter', {}, CATALOGUE_SIZE],
    ['a category', { categories: ['fruits'] }, 500_000],
    ['several categories', { categories: ['fruits', 'vegetables', 'absent'] }, CATALOGUE_SIZE],
    ['a word prefix', { terms: ['man'] }, 10_000],
    ['words that never occur together', { terms: ['mango', 'tomato'] }, 0],
    ['words that always occur together', { terms: ['mango', 'fresh'] }, 10_000],
    ['a word and the category with all of its products', { terms: ['mango'], categories: ['fruits'] }, 10_000],
    ['a word and a category without it', { terms: ['mango'], categories: ['vegetables'] }, 0],
    ['a range of prices', { minPriceMinor: 100_000 }, 10_000],
    ['products in stock', { inStock: true }, 900_000],
    ['products out of stock', { inStock: false }, 100_000],
    ['nearby products', { near: { ...NASHIK, radiusKm: 1 } }, 1_000],
  ])('selectivity: the sample estimates how many products match %s', (_, filter, expected) => {
    expect(count(filter)).toBe(expected);
  });

  it('selectivity: products with all words in the name are counted separately from the others', () => {
    const filter = { ...NO_FILTER, terms: ['mango', 'fresh'] };
    const countOf = (nameMatch: Segment['nameMatch']) => sample.match(segmentConditions({ filter, nameMatch })).count;
    expect(countOf('all')).toBe(0);
    expect(countOf('some-missing')).toBe(80);
  });

  it('scan length: it is estimated from the start of the list and from a seek position', () => {
    const segment = aSegment({ filter: { terms: ['mango'] } });
    const length = (of: Segment) => sample.scanLength(of, sample.match(segmentConditions(of)), undefined, 21);
    expect(length({ ...segment, direction: 'desc' })).toBeLessThan(100);
    expect(length(segment)).toBeGreaterThan(500_000);
    expect(length({ ...segment, after: [100_000, 1] })).toBeLessThan(100);
  });

  it('empty catalogue: the sample expects no matches and the plan is an index scan', () => {
    const empty = new CatalogueSample([], 0, 0);
    expect(empty.expected(empty.match([]))).toBe(0);
    expect(planSegment(aSegment({}), { ...statistics, sample: empty }).candidates[0]?.path).toBe('index-scan');
  });
});
