import { NO_FILTER, type ProductFilter } from '../product-listing';
import { toUnitVector } from '../near/geography';
import { CatalogueSample, type SampledProduct } from './catalogue-sample';
import type { AccessPath } from './cost-estimate';
import { ENGINE_COSTS } from './engine-costs';
import type { Segment } from './segment';
import { planSegment, type PlannerStatistics } from './query-plan';

const SAMPLED = 8_000;
const CATALOGUE_SIZE = 1_000_000;
const NASHIK = { latitude: 19.9975, longitude: 73.7898 };

/** Of a hundred products one is a mango, and mangoes are the dearest; one in a thousand comes from Nashik. */
function aProductOf(row: number): SampledProduct {
  const isMango = row % 100 === 0;
  const isNear = row % 1_000 === 7;
  return {
    nameText: isMango ? ` mango ${row} ` : ` tomato ${row} `,
    searchText: ` ${isMango ? 'mango' : 'tomato'} ${row} fresh ${row % 3 === 0 ? 'organic ' : ''}`,
    category: row % 2 === 0 ? 'fruits' : 'vegetables',
    priceMinor: isMango ? 100_000 + row : row,
    createdAtMs: (row * 7_919) % SAMPLED,
    stock: row % 10,
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

function aPart({ filter = {}, ...differing }: Partial<Omit<Segment, 'filter'>> & { filter?: Partial<ProductFilter> }) {
  const segment = {
    nameMatch: 'any',
    sort: 'price',
    direction: 'asc',
    after: undefined,
    offset: 0,
    limit: 21,
  } as const;
  return { ...segment, ...differing, filter: { ...NO_FILTER, ...filter } };
}

const chosen = (segment: Segment, known = statistics) => planSegment(segment, known).candidates[0]?.path;
const possible = (segment: Segment, known = statistics) =>
  planSegment(segment, known).candidates.map(({ path }) => path);

describe('query planner', () => {
  it.each<[AccessPath, string, Segment]>([
    ['index-scan', 'without a filter', aPart({})],
    ['index-scan', 'for a category', aPart({ filter: { categories: ['fruits'] } })],
    ['index-scan', 'for a word that every product has', aPart({ filter: { terms: ['fresh'] } })],
    [
      'index-scan',
      'for a rare word whose products come first',
      aPart({ filter: { terms: ['mango'] }, direction: 'desc' }),
    ],
    ['search-index', 'for a rare word whose products come last', aPart({ filter: { terms: ['mango'] } })],
    ['search-index', 'for a word that nothing has', aPart({ filter: { terms: ['zucchini'] } })],
    [
      'search-index',
      'for products out of stock, at a large offset',
      aPart({ filter: { inStock: false }, offset: 5_000 }),
    ],
    [
      'price-range',
      'for the few products of a price range, sorted by name',
      aPart({ sort: 'name', filter: { minPriceMinor: 900_000 } }),
    ],
    ['producers', 'for the products of one farm', aPart({ filter: { producerId: 999_999 } })],
    [
      'nearest-first',
      'sorted by distance, if most nearby products match',
      aPart({ sort: 'distance', filter: { near: { ...NASHIK, radiusKm: 5 } } }),
    ],
  ])('access path: %s is chosen %s', (path, _, segment) => {
    expect(chosen(segment)).toBe(path);
  });

  it('cost order: the cheapest access path is the first candidate', () => {
    const { candidates } = planSegment(
      aPart({ filter: { terms: ['mango'], minPriceMinor: 5 }, sort: 'name' }),
      statistics,
    );
    expect(candidates).toHaveLength(3);
    const costs = candidates.map(({ costMs }) => costMs);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('incomplete search index: the index is no candidate only while it is being built', () => {
    const segment = aPart({ filter: { terms: ['mango'] } });
    expect(possible(segment)).toContain('search-index');
    expect(possible(segment, { ...statistics, isIndexComplete: false })).toEqual(['index-scan']);
    expect(chosen(aPart({ filter: { terms: ['m'.repeat(101)] } }))).toBe('search-index');
  });

  it('missing statistics: an index scan comes first without a filter, the search index with a search', () => {
    const unknown = { ...statistics, sample: undefined };
    expect(possible(aPart({}), unknown)).toEqual(['index-scan', 'search-index']);
    expect(possible(aPart({ filter: { terms: ['mango'] } }), unknown)).toEqual(['search-index', 'index-scan']);
  });
});

describe('planner statistics', () => {
  const count = (filter: Partial<ProductFilter>) => sample.expected(sample.match({ ...NO_FILTER, ...filter }));

  it.each<[string, Partial<ProductFilter>, number]>([
    ['everything', {}, CATALOGUE_SIZE],
    ['a category', { categories: ['fruits'] }, 500_000],
    ['several categories', { categories: ['fruits', 'vegetables', 'absent'] }, CATALOGUE_SIZE],
    ['the beginning of a word', { terms: ['man'] }, 10_000],
    ['words that never meet', { terms: ['mango', 'tomato'] }, 0],
    ['words that always meet', { terms: ['mango', 'fresh'] }, 10_000],
    ['a category that has all of a word', { terms: ['mango'], categories: ['fruits'] }, 10_000],
    ['a category that has none of a word', { terms: ['mango'], categories: ['vegetables'] }, 0],
    ['a range of prices', { minPriceMinor: 100_000 }, 10_000],
    ['products in stock', { inStock: true }, 900_000],
    ['products out of stock', { inStock: false }, 100_000],
    ['nearby products', { near: { ...NASHIK, radiusKm: 1 } }, 1_000],
  ])('selectivity: the sample estimates how many products match %s', (_, filter, expected) => {
    expect(count(filter)).toBe(expected);
  });

  it('selectivity: names with all the words are counted apart from the others', () => {
    const filter = { ...NO_FILTER, terms: ['mango', 'fresh'] };
    expect(sample.match(filter, 'all').count).toBe(0);
    expect(sample.match(filter, 'some-missing').count).toBe(80);
  });

  it('scan length: it is estimated from the beginning and from a seek position', () => {
    const segment = aPart({ filter: { terms: ['mango'] } });
    const length = (of: Segment) => sample.scanLength(of, sample.match(of.filter), undefined, 21);
    expect(length({ ...segment, direction: 'desc' })).toBeLessThan(100);
    expect(length(segment)).toBeGreaterThan(500_000);
    expect(length({ ...segment, after: [100_000, 1] })).toBeLessThan(100);
  });

  it('empty catalogue: the sample expects no matches and the plan is an index scan', () => {
    const empty = new CatalogueSample([], 0, 0);
    expect(empty.expected(empty.match(NO_FILTER))).toBe(0);
    expect(planSegment(aPart({}), { ...statistics, sample: empty }).candidates[0]?.path).toBe('index-scan');
  });
});
