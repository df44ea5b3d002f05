import { toPageLinks } from './page-links';

const pagination = {
  limit: 20,
  page: 1,
  total: 1,
  totalRelation: 'eq',
  totalPages: 1,
  nextCursor: null,
  previousCursor: null,
} as const;

describe('the Link header of a page', () => {
  it('keeps the query and changes only the place', () => {
    const links = toPageLinks('/products?search=a%26b&page=3', { ...pagination, nextCursor: 'N', previousCursor: 'P' });
    expect(links).toBe(
      '</products?search=a%26b&cursor=N>; rel="next", </products?search=a%26b&cursor=P>; rel="prev", </products?search=a%26b>; rel="first"',
    );
  });

  it('is a path with the whole query, whatever stands in it and before it', () => {
    expect(toPageLinks('/products?search=a?b&limit=1', pagination)).toBe(
      '</products?search=a%3Fb&limit=1>; rel="first"',
    );
    expect(toPageLinks('http://other/products?limit=1', pagination)).toBe('</products?limit=1>; rel="first"');
  });

  it.each([
    [50, ['next', 'prev', 'first']],
    [700, ['next', 'prev']],
    [1_500, ['next']],
    [1_970, []], // not only the first, which would say that there is no next
    [3_000, []],
  ])('of a query of %i characters has the links that fit: %j', (length, expected) => {
    const pages = { ...pagination, nextCursor: 'N'.repeat(80), previousCursor: 'P'.repeat(80) };
    const links = toPageLinks(`/products?search=${'a'.repeat(length)}`, pages);
    expect(links?.length ?? 0).toBeLessThanOrEqual(2_048);
    expect([...(links ?? '').matchAll(/rel="(\w+)"/g)].map(([, relation]) => relation)).toEqual(expected);
  });

  it('has only the first page where there is no other', () => {
    expect(toPageLinks('/products', pagination)).toBe('</products>; rel="first"');
  });
});
