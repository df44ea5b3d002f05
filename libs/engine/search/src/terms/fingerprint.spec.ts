import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { fingerprintOf, numberTexts } from './fingerprint';

/** Few fingerprints, many of which share a slot of the hash table or one of their two parts. */
const fingerprint = fc.record({
  high: fc.oneof(fc.nat(3), fc.constantFrom(4_095, 4_096, 8_191, 8_192, 0xffff_ffff)),
  low: fc.nat(2),
});

describe('fingerprint of a text', () => {
  it('fingerprint: it consists of bits of the SHA-256', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const digest = createHash('sha256').update(text).digest();
        const { high, low } = fingerprintOf(text);
        expect(high).toBe(digest.readUInt32LE(0));
        expect(low).toBe(Math.floor(digest.readUInt32LE(4) / 2 ** 11));
      }),
    );
    expect(fingerprintOf('')).toEqual({ high: 1_120_186_595, low: 164_767 });
  });

  it('numbers of texts: they equal those of a map, or there are more texts than allowed', () => {
    fc.assert(
      fc.property(fc.array(fingerprint, { maxLength: 40 }), fc.nat(20), (all, atMost) => {
        const numberOf = new Map<string, number>();
        const firstAt: number[] = [];
        const numbers = all.map(({ high, low }, at) => {
          const key = `${high} ${low}`;
          if (!numberOf.has(key)) {
            numberOf.set(key, numberOf.size);
            firstAt.push(at);
          }
          return numberOf.get(key)!;
        });
        const high = Uint32Array.from(all, (each) => each.high);
        const low = Uint32Array.from(all, (each) => each.low);
        const found = numberTexts(high, low, atMost);
        if (firstAt.length > atMost) expect(found).toBeUndefined();
        else expect(found).toEqual({ numbers: Uint16Array.from(numbers), firstAt });
      }),
      { numRuns: 300 },
    );
  });
});
