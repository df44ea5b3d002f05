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

describe('Link header', () => {
  it('Link: next, prev and first keep the query and change only the position', () => {
    const links = toPageLinks('/products?search=a%26b&page=3', { ...pagination, nextCursor: 'N', previousCursor: 'P' });
    expect(links).toBe(
      '</products?search=a%26b&cursor=N>; rel="next", </products?search=a%26b&cursor=P>; rel="prev", </products?search=a%26b>; rel="first"',
    );
  });

  it('Link: a link is the path with the encoded query, without the host', () => {
    expect(toPageLinks('/products?search=a?b&limit=1', pagination)).toBe(
      '</products?search=a%3Fb&limit=1>; rel="first"',
    );
    expect(toPageLinks('http://other/products?limit=1', pagination)).toBe('</products?limit=1>; rel="first"');
  });

  it.each([
    [50, ['next', 'prev', 'first']],
    [700, ['next', 'prev']],
    [1_500, ['next']],
    [1_970, []], // not `first` alone, which would signal the end of the list
    [3_000, []],
  ])('Link: a query of %i characters has the links that fit: %j', (length, expected) => {
    const pages = { ...pagination, nextCursor: 'N'.repeat(80), previousCursor: 'P'.repeat(80) };
    const links = toPageLinks(`/products?search=${'a'.repeat(length)}`, pages);
    expect(links?.length ?? 0).toBeLessThanOrEqual(2_048);
    expect([...(links ?? '').matchAll(/rel="(\w+)"/g)].map(([, relation]) => relation)).toEqual(expected);
  });

  it('Link: a single page has only the link to the first page', () => {
    expect(toPageLinks('/products', pagination)).toBe('</products>; rel="first"');
  });
});
