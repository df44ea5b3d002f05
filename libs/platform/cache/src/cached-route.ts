/** What a route says of itself to be cached. */
import type { RawHeaders } from '@platform/http';

/** Of a request, what its address is read from. */
export interface RouteRequest {
  readonly query: unknown;
  readonly params: unknown;
}

export interface CachedRoute<Body = unknown> {
  /** The canonical address of what is asked for: equal wishes, however written, have equal ones. Throws what refuses them. */
  readonly canonicalUrlOf: (request: RouteRequest) => string;
  /** Headers that belong to the answer, of its canonical address and its body. */
  readonly headersOf?: (url: string, body: Body) => RawHeaders;
}
