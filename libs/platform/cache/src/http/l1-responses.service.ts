/** Looks up fresh responses in L1 of the response cache, by the raw URL of a request. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { NegotiatedResponse } from '@platform/http';
import { ResponseCache, type CacheResult } from '../response-cache.service';
import { CacheHeaders } from './cache-headers.service';
import { CanonicalUrlCache } from './canonical-url-cache.service';

export interface L1Response {
  readonly result: CacheResult;
  readonly route: string | undefined;
}

@Injectable()
export class L1Responses {
  constructor(
    private readonly cache: ResponseCache,
    private readonly canonicalUrls: CanonicalUrlCache,
    private readonly headers: CacheHeaders,
  ) {}

  find(url: string): L1Response | undefined {
    const canonicalUrl = this.canonicalUrls.find(url);
    const result = canonicalUrl && this.cache.peek(canonicalUrl.canonical);
    return result && { result, route: canonicalUrl.route };
  }

  respond({ result }: L1Response, request: IncomingMessage): NegotiatedResponse {
    return this.headers.fromCache(result, request);
  }
}
