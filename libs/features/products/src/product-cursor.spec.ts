import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './product-cursor';
import { NO_FILTER, type Place, type ProductListing } from './product-listing';

const KEY = 'a key for tests';

const aListing = (differing: Partial<ProductListing> = {}): ProductListing => ({
  filter: { ...NO_FILTER, terms: ['tomato'] },
  sort: 'price',
  order: 'asc',
  limit: 20,
  page: 1,
  count: 'estimated',
  ...differing,
});

const places = fc.record<Place>({
  side: fc.constantFrom('after', 'before'),
  keys: fc.tuple(fc.oneof(fc.integer(), fc.string({ unit: 'binary' })), fc.nat()),
});

describe('a cursor', () => {
  it('leads back to the place it was made from', () => {
    fc.assert(
      fc.property(places, (place) => {
        expect(decodeCursor(KEY, aListing(), encodeCursor(KEY, aListing(), place))).toEqual(place);
      }),
    );
  });

  it('is refused when any one of its characters differs', () => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [4_250, 77] });
    for (let at = 0; at < cursor.length; at++) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      expect(() => decodeCursor(KEY, aListing(), changed)).toThrow('This cursor was not made for this query');
    }
  });

  it('is refused when it is anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => decodeCursor(KEY, aListing(), text)).toThrow('This cursor was not made for this query');
      }),
    );
  });

  it.each<[string, ProductListing]>([
    ['another sort', aListing({ sort: 'name' })],
    ['another order', aListing({ order: 'desc' })],
    ['another search', aListing({ filter: { ...aListing().filter, terms: ['potato'] } })],
    ['another filter', aListing({ filter: { ...aListing().filter, inStock: true } })],
  ])('is refused with %s', (_, other) => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [1, 2] });
    expect(() => decodeCursor(KEY, other, cursor)).toThrow('This cursor was not made for this query');
  });

  it('of version 1 is refused', () => {
    const bytes = Buffer.from(JSON.stringify([1, 'price', 'asc', 'after', [4_250, 77], 'a-hash']));
    const signature = createHmac('sha256', KEY).update(bytes).digest().subarray(0, 16);
    const cursor = Buffer.concat([signature, bytes]).toString('base64url');
    expect(() => decodeCursor(KEY, aListing(), cursor)).toThrow('This cursor was not made for this query');
  });

  it('is short', () => {
    expect(encodeCursor(KEY, aListing(), { side: 'after', keys: [12_950, 48_213] }).length).toBeLessThan(80);
    const name = ' ताज़ा हापुस आम रत्नागिरी '.repeat(24).slice(0, 600);
    expect(encodeCursor(KEY, aListing(), { side: 'after', keys: [name, 48_213] }).length).toBeLessThan(300);
  });

  it('is refused when another key signed it', () => {
    const cursor = encodeCursor('another key', aListing(), { side: 'after', keys: [1, 2] });
    expect(() => decodeCursor(KEY, aListing(), cursor)).toThrow('This cursor was not made for this query');
  });

  it('goes on with another page size', () => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [1, 2] });
    expect(decodeCursor(KEY, aListing({ limit: 50, count: 'none' }), cursor).keys).toEqual([1, 2]);
  });
});
