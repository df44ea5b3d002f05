/** What a route says of itself to be cached. */
import type { RawHeaders } from '@platform/http';

/** Of a request, what its address is read from. */
export interface AskedFor {
  readonly query: unknown;
  readonly params: unknown;
}

export interface CachedRoute<Body = unknown> {
  /** The canonical address of what is asked for: equal wishes, however written, have equal ones. Throws what refuses them. */
  readonly addressOf: (request: AskedFor) => string;
  /** Headers that belong to the answer, of its canonical address and its body. */
  readonly headersOf?: (address: string, body: Body) => RawHeaders;
}
