import { parseQueryString } from '@platform/http';
import { canonicalUrl } from '../api/canonical-url';
import { ListProductsQuery, toListing } from '../api/list-products.query';
import { conditionsOf } from './product-filters';

const parse = (queryString: string) => parseQueryString(ListProductsQuery, queryString);

describe('creation time filter', () => {
  it.each([
    ['createdAfter=2026-01-01T00:00:00Z', '/products?createdAfter=2026-01-01T00%3A00%3A00Z'],
    ['createdAfter=2026-01-01T05:30:00%2B05:30', '/products?createdAfter=2026-01-01T00%3A00%3A00Z'],
    ['createdBefore=2026-01-01T00:00:00.999Z', '/products?createdBefore=2026-01-01T00%3A00%3A00Z'],
  ])('canonical URL: %s is in UTC and without fractions of a second', (queryString, url) => {
    expect(canonicalUrl(parse(queryString))).toBe(url);
  });

  it.each([
    ['createdAfter=2026-01-01', 'createdAfter must be a time such as 2026-11-01T08:00:00Z'],
    ['createdAfter=2026-02-30T00:00:00Z', 'createdAfter must be a time'],
    ['createdAfter=2026-01-01T05:30:00+05:30', '2026-11-01T08:00:00%2B05:30'],
    ['createdBefore=1999-12-31T00:00:00Z', 'createdBefore must be from 2001-01-01T00:00:00Z to 2100-01-01T00:00:00Z'],
    [
      'createdAfter=2026-01-01T00:00:00.100Z&createdBefore=2026-01-01T00:00:00.900Z',
      'createdAfter must be earlier than createdBefore',
    ],
  ])('validation: %s is rejected', (queryString, message) => {
    expect(() => parse(queryString)).toThrow(message);
  });

  it('period: the start is included, the end is not', () => {
    const { filter } = toListing(parse('createdAfter=2026-01-01T00:00:00Z&createdBefore=2026-01-01T00:00:01Z'));
    const [condition] = conditionsOf(filter);
    const matches = (time: string) => condition?.matches({ ...PRODUCT, createdAtMs: Date.parse(time) });
    expect(['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.999Z'].map(matches)).toEqual([
      false,
      true,
      true,
    ]);
    expect(matches('2026-01-01T00:00:01Z')).toBe(false);
  });
});

const PRODUCT = {
  nameText: ' tomato ',
  searchText: ' tomato ',
  category: 'vegetables',
  priceMinor: 100,
  createdAtMs: 0,
  inStock: true,
  producerId: 1,
  position: null,
};
