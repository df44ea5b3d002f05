import { assert, json, property, string } from 'fast-check';
import { readAvailability, readOrder, readProduct, readProductsPage } from './partner-responses';

const read = (reader: (body: string) => unknown) => (body: unknown) => reader(JSON.stringify(body));
const product = { id: 'a', version: 3, name: 'Quince', anything: { else: [1] } };
const page = { data: [product, { id: 'b', version: 4, deleted: true }], nextCursor: 'n', hasMore: false };
const stock = { productId: 'a', stock: 7, version: 3 };

describe('partner response', () => {
  it('schema validation: a valid response is accepted unchanged', () => {
    expect(read(readProductsPage)(page)).toEqual(page);
    expect(read(readProduct)(product)).toEqual(product);
    expect(read(readAvailability)({ ...stock, asOf: '2026-11-01T08:00:00.120Z' })).toMatchObject(stock);
    expect(read(readAvailability)({ ...stock, asOf: '2026-11-01T13:30:00+05:30' })).toMatchObject(stock);
    expect(read(readOrder)({ id: '1', lines: [stock, { ...stock, quantity: 2 }] })).toMatchObject({ id: '1' });
  });

  it.each([
    [readProductsPage, { ...page, data: ['a'] }, 'response/data/0 must be object'],
    [readProduct, { id: 'a' }, "must have required property 'version'"],
    [readAvailability, { ...stock, asOf: '2026-99-99T99:99:99Z' }, 'must match format'],
    [readProductsPage, { ...page, nextCursor: null }, 'response/nextCursor must be string'],
    [readProduct, { ...product, id: 7 }, 'response/id must be string'],
    [readProduct, [], 'response must be object'],
    [readAvailability, { ...stock, stock: -1, asOf: '2026-11-01T08:00:00Z' }, 'response/stock must be >= 0'],
    [readAvailability, { ...stock, asOf: 'lately' }, 'response/asOf must match format'],
    [readOrder, { id: '1', lines: [{ ...stock, stock: 1.5 }] }, 'response/lines/0/stock must be integer'],
    [readOrder, { id: '1', lines: [{ ...stock, stock: 5e9 }] }, 'response/lines/0/stock must be <='],
  ])('schema validation: invalid response %# is rejected with the reason', (reader, body, reason) => {
    expect(() => read(reader)(body)).toThrow(reason);
  });

  it('schema validation: arbitrary text and JSON are rejected with an error', () => {
    assert(
      property(string(), (body) => {
        expect(() => readOrder(body)).toThrow(Error);
      }),
    );
    assert(
      property(json(), (body) => {
        for (const reader of [readProductsPage, readAvailability, readOrder]) expect(() => reader(body)).toThrow(Error);
      }),
    );
  });
});
