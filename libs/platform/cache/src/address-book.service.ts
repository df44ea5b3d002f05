/** Remembers the canonical form of addresses as clients write them, so that the same one need not be read again. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { cachePolicy } from './cache.policy';

@Injectable()
export class AddressBook {
  private readonly canonical = new LRUCache<string, string>({
    maxSize: cachePolicy.maxAddressBytes,
    sizeCalculation: (address, written) => 200 + 2 * (address.length + written.length),
  });

  learn(written: string, address: string): void {
    if (!this.canonical.has(written)) this.canonical.set(written, address);
  }

  find(written: string): string | undefined {
    return this.canonical.get(written);
  }
}
