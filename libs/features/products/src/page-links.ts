/** `Link` of RFC 8288 for a page: the same query, with the cursor of the page meant. */
import type { ProductPageResponse } from './product.response';

export function toPageLinks(url: string, { nextCursor, previousCursor }: ProductPageResponse['pagination']): string {
  const links = [`<${withCursor(url, null)}>; rel="first"`];
  if (previousCursor !== null) links.push(`<${withCursor(url, previousCursor)}>; rel="prev"`);
  if (nextCursor !== null) links.push(`<${withCursor(url, nextCursor)}>; rel="next"`);
  return links.join(', ');
}

/** Always a path, also for a request whose address names a host. */
function withCursor(url: string, cursor: string | null): string {
  const { pathname, searchParams } = new URL(url, 'http://any');
  searchParams.delete('page');
  searchParams.delete('cursor');
  if (cursor !== null) searchParams.set('cursor', cursor);
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`;
}
