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

describe('the total of a list', () => {
  it.each([
    ['is left out where it is not asked for', aListing({ count: 'none' }), known({}), [null, null, null]],
    ['is exact where it was counted', aListing(), known({ matches: 25 }), [25, 'eq', 3]],
    ['is exact where the list ends on this page', aListing({ page: 3 }), known({ rowsRead: 4 }), [24, 'eq', 3]],
    ['is exact where nothing matches', aListing(), known({ rowsRead: 0 }), [0, 'eq', 0]],
    ['is estimated where the list goes on', aListing(), known({}), [500, 'approx', 50]],
    ['is never estimated below what was seen', aListing({ page: 60 }), known({}), [601, 'approx', 61]],
    [
      'is estimated beyond the end, where nothing was seen',
      aListing({ page: 9 }),
      known({ rowsRead: 0 }),
      [500, 'approx', 50],
    ],
    [
      'is at least what was seen while nothing is known',
      aListing(),
      known({ estimate: () => undefined }),
      [11, 'gte', 2],
    ],
    ['is at least what was seen where counting took too long', aListing({ count: 'exact' }), known({}), [11, 'gte', 2]],
    ['is estimated from a cursor on', aListing(), known({ isCursor: true, rowsRead: 3 }), [500, 'approx', 50]],
  ])('%s', (_, listing, facts, [total, totalRelation, totalPages]) => {
    expect(totalOf(listing, facts)).toEqual({ total, totalRelation, totalPages });
  });
});
