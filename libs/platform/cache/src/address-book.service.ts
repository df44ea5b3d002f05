/** Remembers addresses as clients write them, with what they are read as, so that the same one need not be read again. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';

export interface KnownAddress {
  /** Its canonical form, by which answers are cached. */
  readonly canonical: string;
  /** The pattern of its route. */
  readonly route: string | undefined;
}

@Injectable()
export class AddressBook {
  private readonly known = new LRUCache<string, KnownAddress>({
    maxSize: cachePolicy.maxAddressBytes,
    sizeCalculation: ({ canonical }, written) => 200 + 2 * (canonical.length + written.length),
  });

  learn(written: string, address: KnownAddress): void {
    if (!this.known.has(written)) this.known.set(written, address);
  }

  find(written: string): KnownAddress | undefined {
    return this.known.get(written);
  }
}
