import { NO_FILTER } from '../filters/product-filters';
import { type ProductListing } from '../query/product-listing';
import { totalOf, type TotalInputs } from './list-total';

const aListing = (overrides: Partial<ProductListing> = {}): ProductListing => ({
  filter: NO_FILTER,
  sort: 'price',
  order: 'asc',
  limit: 10,
  page: 1,
  count: 'estimated',
  ...overrides,
});
const inputsWith = (overrides: Partial<TotalInputs>): TotalInputs => ({
  rowsRead: 11,
  isCursor: false,
  matches: undefined,
  estimate: () => 500,
  ...overrides,
});

describe('total of a list', () => {
  it.each([
    ['no total: it is omitted if it is not requested', aListing({ count: 'none' }), inputsWith({}), [null, null, null]],
    ['exact total: the matches were counted', aListing(), inputsWith({ matches: 25 }), [25, 'eq', 3]],
    ['exact total: the list ends on this page', aListing({ page: 3 }), inputsWith({ rowsRead: 4 }), [24, 'eq', 3]],
    ['exact total: nothing matches', aListing(), inputsWith({ rowsRead: 0 }), [0, 'eq', 0]],
    ['estimated total: the list continues after this page', aListing(), inputsWith({}), [500, 'approx', 50]],
    [
      'estimated total: it is at least the number of rows seen',
      aListing({ page: 60 }),
      inputsWith({}),
      [601, 'approx', 61],
    ],
    [
      'estimated total: the page is after the end and empty',
      aListing({ page: 9 }),
      inputsWith({ rowsRead: 0 }),
      [500, 'approx', 50],
    ],
    [
      'lower bound: without an estimate, the total is at least the rows seen',
      aListing(),
      inputsWith({ estimate: () => undefined }),
      [11, 'gte', 2],
    ],
    [
      'lower bound: if counting takes too long, the total is at least the rows seen',
      aListing({ count: 'exact' }),
      inputsWith({}),
      [11, 'gte', 2],
    ],
    [
      'estimated total: the page is read by cursor',
      aListing(),
      inputsWith({ isCursor: true, rowsRead: 3 }),
      [500, 'approx', 50],
    ],
  ])('%s', (_, listing, inputs, [total, totalRelation, totalPages]) => {
    expect(totalOf(listing, inputs)).toEqual({ total, totalRelation, totalPages });
  });
});
