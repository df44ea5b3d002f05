/** `Link` of RFC 8288 for a page: the same query, with the cursor of the page meant. */
import type { ProductPageResponse } from './product.response';

export function toPageLinks(url: string, { nextCursor, previousCursor }: ProductPageResponse['pagination']): string {
  const links = [`<${withCursor(url, null)}>; rel="first"`];
  if (previousCursor !== null) links.push(`<${withCursor(url, previousCursor)}>; rel="prev"`);
  if (nextCursor !== null) links.push(`<${withCursor(url, nextCursor)}>; rel="next"`);
  return links.join(', ');
}

function withCursor(url: string, cursor: string | null): string {
  const [path = '', search = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(search);
  parameters.delete('page');
  parameters.delete('cursor');
  if (cursor !== null) parameters.set('cursor', cursor);
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
