/** Cache settings of a route. */
import type { RawHeaders } from '@platform/http';

/** Parts of a request that determine its canonical URL. */
export interface RouteRequest {
  readonly query: unknown;
  readonly params: unknown;
}

export interface CachedRoute<Body = unknown> {
  /** Returns the canonical URL, which equivalent requests share. Throws if the request is invalid. */
  readonly canonicalUrlOf: (request: RouteRequest) => string;
  /** Returns headers of the response, derived from its canonical URL and body. */
  readonly headersOf?: (url: string, body: Body) => RawHeaders;
}
