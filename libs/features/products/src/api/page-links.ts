/**
 * The `Link` header (RFC 8288) of a page: the same query with the cursors of its neighbours. Proxies reject a response
 * whose headers exceed a buffer, often of 4 KB. So links are added by importance up to the first that does not fit:
 * `first` without an existing `next` would signal the end of the list. The body always contains the cursors.
 */
import type { ProductPageResponse } from './product.response';

/** Maximum header length in characters. The other headers, and the path prefix of each link, take less than 2 KB. */
const MAX_LENGTH = 2_048;

/**
 * Returns `</products?limit=5&cursor=N>; rel="next", </products?limit=5>; rel="first"` for the first page of
 * `/products?limit=5`; undefined if no link fits.
 */
export function toPageLinks(
  url: string,
  { nextCursor, previousCursor }: ProductPageResponse['pagination'],
): string | undefined {
  const links = [
    ...(nextCursor === null ? [] : [`<${withCursor(url, nextCursor)}>; rel="next"`]),
    ...(previousCursor === null ? [] : [`<${withCursor(url, previousCursor)}>; rel="prev"`]),
    `<${withCursor(url, null)}>; rel="first"`,
  ];
  let header: string | undefined;
  for (const link of links) {
    const longer = header === undefined ? link : `${header}, ${link}`;
    if (longer.length > MAX_LENGTH) break;
    header = longer;
  }
  return header;
}

/** Returns a path, even if the request URL contains a host. */
function withCursor(url: string, cursor: string | null): string {
  const { pathname, searchParams } = new URL(url, 'http://any');
  searchParams.delete('page');
  searchParams.delete('cursor');
  if (cursor !== null) searchParams.set('cursor', cursor);
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
}
