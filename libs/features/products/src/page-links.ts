/**
 * `Link` of RFC 8288 for a page: the same query with the cursor of that page. Proxies refuse a response whose headers exceed
 * a buffer, often of 4 KB. So links are added in the order of their use, up to the first that does not fit: a `first` without
 * the `next` that exists would tell a client that the list has ended. The body always has the cursors.
 */
import type { ProductPageResponse } from './product.response';

/** In characters. The other headers of a response, and the path prefix before each link, take less than 2 KB. */
const MAX_LENGTH = 2_048;

/** Undefined if not even one link fits. */
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

/** Always a path, also for a request whose address names a host. */
function withCursor(url: string, cursor: string | null): string {
  const { pathname, searchParams } = new URL(url, 'http://any');
  searchParams.delete('page');
  searchParams.delete('cursor');
  if (cursor !== null) searchParams.set('cursor', cursor);
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
}
