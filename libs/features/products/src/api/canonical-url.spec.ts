import { parseQueryString } from '@platform/http';
import fc from 'fast-check';
import { listQueries } from '../../../../../test/support/list-queries';
import { canonicalUrl } from './canonical-url';
import { ListProductsQuery, toListing } from './list-products.query';

const parse = (url: string) => parseQueryString(ListProductsQuery, new URL(url, 'http://any').search);
const canonical = (url: string) => canonicalUrl(parse(url));

const toTime = (timeMs: number | undefined) => (timeMs === undefined ? undefined : new Date(timeMs).toISOString());

describe('canonical URL of a list', () => {
  it.each([
    ['/products', '/products'],
    ['/products?page=1&limit=20&sort=createdAt&order=desc&count=estimated', '/products'],
    [
      '/products?limit=5&category=Fruits,vegetables&category=dairy',
      '/products?category=dairy%2Cfruits%2Cvegetables&limit=5',
    ],
    ['/products?search=T%C3%B6mato++apple&sort=relevance', '/products?search=apple+tomato'],
    ['/products?search=apple&sort=createdAt', '/products?search=apple&sort=createdAt'],
    ['/products?minPrice=1.50&maxPrice=007', '/products?minPrice=1.5&maxPrice=7'],
    ['/products?near=19.990,73.780&radiusKm=25', '/products?near=19.99%2C73.78&radiusKm=25'],
    ['/products?near=-0.0,0.0000001', '/products?near=0%2C1e-7&radiusKm=25'],
    ['/products?near=0,0&sort=distance&order=asc', '/products?near=0%2C0&radiusKm=25&sort=distance'],
  ])('canonical URL: %s becomes %s', (requested, url) => {
    expect(canonical(requested)).toBe(url);
  });

  it('canonical URL: it is equivalent to the query of the client, and it is its own canonical form', () => {
    fc.assert(
      fc.property(listQueries, (query) => {
        const { near, radiusKm, createdAfter, createdBefore, ...others } = query;
        const times = { createdAfter: toTime(createdAfter), createdBefore: toTime(createdBefore) };
        const nearParameters = near && { near: `${near.latitude},${near.longitude}`, radiusKm };
        const requested = Object.entries({ ...others, ...times, ...nearParameters }).map(
          ([name, value]): [string, string] => [name, String(value ?? '')],
        );
        const parsed = parse(
          `/products?${new URLSearchParams(requested.filter(([, value]) => value !== '')).toString()}`,
        );
        const url = canonicalUrl(parsed);
        expect(toListing(parse(url))).toEqual(toListing(parsed));
        expect(canonical(url)).toBe(url);
      }),
    );
  });
});
