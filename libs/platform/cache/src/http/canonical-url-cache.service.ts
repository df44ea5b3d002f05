/** Maps URLs as clients write them to canonical URLs, so that a repeated URL is not parsed again. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from '../cache.policy';

export interface CanonicalUrl {
  /** Key of the response cache. */
  readonly canonical: string;
  /** Route pattern. */
  readonly route: string | undefined;
}

@Injectable()
export class CanonicalUrlCache {
  private readonly urls = new LRUCache<string, CanonicalUrl>({
    maxSize: cachePolicy.maxCanonicalUrlBytes,
    sizeCalculation: ({ canonical }, rawUrl) => 200 + 2 * (canonical.length + rawUrl.length),
  });

  remember(rawUrl: string, url: CanonicalUrl): void {
    if (!this.urls.has(rawUrl)) this.urls.set(rawUrl, url);
  }

  find(rawUrl: string): CanonicalUrl | undefined {
    return this.urls.get(rawUrl);
  }
}
