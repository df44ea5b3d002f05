import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { NO_FILTER } from '../filters/product-filters';
import { type SeekPosition, type ProductListing } from '../query/product-listing';
import { decodeCursor, encodeCursor } from './product-cursor';

const KEY = 'a key for tests';

const aListing = (overrides: Partial<ProductListing> = {}): ProductListing => ({
  filter: { ...NO_FILTER, terms: ['tomato'] },
  sort: 'price',
  order: 'asc',
  limit: 20,
  page: 1,
  count: 'estimated',
  ...overrides,
});

const positions = fc.record<SeekPosition>({
  side: fc.constantFrom('after', 'before'),
  keys: fc.tuple(fc.oneof(fc.integer(), fc.string({ unit: 'binary' })), fc.nat()),
});

describe('cursor', () => {
  it('cursor: decoding returns the position that was encoded', () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodeCursor(KEY, aListing(), encodeCursor(KEY, aListing(), position))).toEqual(position);
      }),
    );
  });

  it('cursor signature: a cursor with any one character changed is rejected', () => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [4_250, 77] });
    for (let at = 0; at < cursor.length; at++) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      expect(() => decodeCursor(KEY, aListing(), changed)).toThrow('The cursor is not valid for this query');
    }
  });

  it('cursor signature: arbitrary text is rejected', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => decodeCursor(KEY, aListing(), text)).toThrow('The cursor is not valid for this query');
      }),
    );
  });

  it.each<[string, ProductListing]>([
    ['another sort', aListing({ sort: 'name' })],
    ['another order', aListing({ order: 'desc' })],
    ['another search', aListing({ filter: { ...aListing().filter, terms: ['potato'] } })],
    ['another filter', aListing({ filter: { ...aListing().filter, inStock: true } })],
  ])('cursor of another query: it is rejected with %s', (_, other) => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [1, 2] });
    expect(() => decodeCursor(KEY, other, cursor)).toThrow('The cursor is not valid for this query');
  });

  it('cursor version: a cursor of version 1 is rejected', () => {
    const bytes = Buffer.from(JSON.stringify([1, 'price', 'asc', 'after', [4_250, 77], 'a-hash']));
    const signature = createHmac('sha256', KEY).update(bytes).digest().subarray(0, 16);
    const cursor = Buffer.concat([signature, bytes]).toString('base64url');
    expect(() => decodeCursor(KEY, aListing(), cursor)).toThrow('The cursor is not valid for this query');
  });

  it('cursor length: fewer than 80 characters for a number, fewer than 300 for a long name', () => {
    expect(encodeCursor(KEY, aListing(), { side: 'after', keys: [12_950, 48_213] }).length).toBeLessThan(80);
    const name = ' ताज़ा हापुस आम रत्नागिरी '.repeat(24).slice(0, 600);
    expect(encodeCursor(KEY, aListing(), { side: 'after', keys: [name, 48_213] }).length).toBeLessThan(300);
  });

  it('cursor signature: a cursor signed with another key is rejected', () => {
    const cursor = encodeCursor('another key', aListing(), { side: 'after', keys: [1, 2] });
    expect(() => decodeCursor(KEY, aListing(), cursor)).toThrow('The cursor is not valid for this query');
  });

  it('cursor: it is accepted with another page size and count mode', () => {
    const cursor = encodeCursor(KEY, aListing(), { side: 'after', keys: [1, 2] });
    expect(decodeCursor(KEY, aListing({ limit: 50, count: 'none' }), cursor).keys).toEqual([1, 2]);
  });
});
