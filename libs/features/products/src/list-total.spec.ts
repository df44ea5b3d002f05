import { NO_FILTER, type ProductListing } from './product-listing';
import { totalOf, type KnownOfTotal } from './list-total';

const aListing = (differing: Partial<ProductListing> = {}): ProductListing => ({
  filter: NO_FILTER,
  sort: 'price',
  order: 'asc',
  limit: 10,
  page: 1,
  count: 'estimated',
  ...differing,
});
const known = (differing: Partial<KnownOfTotal>): KnownOfTotal => ({
  rowsRead: 11,
  isCursor: false,
  matches: undefined,
  estimate: () => 500,
  ...differing,
});

describe('total of a list', () => {
  it.each([
    ['no total: it is omitted if it is not requested', aListing({ count: 'none' }), known({}), [null, null, null]],
    ['exact total: the matches were counted', aListing(), known({ matches: 25 }), [25, 'eq', 3]],
    ['exact total: the list ends on this page', aListing({ page: 3 }), known({ rowsRead: 4 }), [24, 'eq', 3]],
    ['exact total: nothing matches', aListing(), known({ rowsRead: 0 }), [0, 'eq', 0]],
    ['estimated total: the list continues after this page', aListing(), known({}), [500, 'approx', 50]],
    ['estimated total: it is never less than the rows seen', aListing({ page: 60 }), known({}), [601, 'approx', 61]],
    [
      'estimated total: the page lies beyond the end and is empty',
      aListing({ page: 9 }),
      known({ rowsRead: 0 }),
      [500, 'approx', 50],
    ],
    [
      'lower bound: there is no estimate, so the total is at least the rows seen',
      aListing(),
      known({ estimate: () => undefined }),
      [11, 'gte', 2],
    ],
    [
      'lower bound: counting took too long, so the total is at least the rows seen',
      aListing({ count: 'exact' }),
      known({}),
      [11, 'gte', 2],
    ],
    [
      'estimated total: the page is read by cursor',
      aListing(),
      known({ isCursor: true, rowsRead: 3 }),
      [500, 'approx', 50],
    ],
  ])('%s', (_, listing, statistics, [total, totalRelation, totalPages]) => {
    expect(totalOf(listing, statistics)).toEqual({ total, totalRelation, totalPages });
  });
});
