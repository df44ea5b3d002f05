/** Remembers addresses as clients write them, with what they are read as, so that the same one need not be read again. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';

export interface CanonicalUrl {
  /** Its canonical form, by which answers are cached. */
  readonly canonical: string;
  /** The pattern of its route. */
  readonly route: string | undefined;
}

@Injectable()
export class CanonicalUrlCache {
  private readonly urls = new LRUCache<string, CanonicalUrl>({
    maxSize: cachePolicy.maxCanonicalUrlBytes,
    sizeCalculation: ({ canonical }, written) => 200 + 2 * (canonical.length + written.length),
  });

  remember(written: string, url: CanonicalUrl): void {
    if (!this.urls.has(written)) this.urls.set(written, url);
  }

  find(written: string): CanonicalUrl | undefined {
    return this.urls.get(written);
  }
}
