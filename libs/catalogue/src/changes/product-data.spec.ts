import { readProductData, readStock } from './product-data';

const data = {
  name: 'Quince',
  category: 'Fruits',
  price: 40.5,
  unit: 'kg',
  stock: 12,
  producer: { name: 'Orchard', place: 'Nashik', latitude: 19.99, longitude: 73.78 },
  createdAt: '2026-10-02T05:11:09.000Z',
  more: { than: ['is', 'known'] },
};

describe('product data of a source', () => {
  it('product data: it is converted to a draft; unknown members are ignored and a missing stock is 0', () => {
    expect(readProductData('q', data)).toEqual({
      draft: {
        externalId: 'q',
        name: 'Quince',
        description: '',
        category: 'fruits',
        priceMinor: 4_050,
        currency: 'INR',
        unit: 'kg',
        stock: 12,
        producer: data.producer,
        createdAtMs: Date.UTC(2026, 9, 2, 5, 11, 9),
      },
      hasStock: true,
    });
    for (const stock of [undefined, null])
      expect(readProductData('q', { ...data, stock })).toMatchObject({ draft: { stock: 0 }, hasStock: false });
  });

  it('producer: a string is the name of the producer', () => {
    const { producer } = (readProductData('q', { ...data, producer: 'Orchard' }) as { draft: { producer: unknown } })
      .draft;
    expect(producer).toEqual({ name: 'Orchard', place: '', latitude: null, longitude: null });
  });

  it.each([
    [{ price: '12.345' }, 'price must be'],
    [{ price: 1e21 }, 'price must be'],
    [{ price: null }, 'price is missing'],
    [{ name: { en: 'Quince' } }, 'name must be a string or a number'],
    [{ producer: null }, 'producer is missing'],
    [{ producer: { name: ['Orchard'] } }, 'producer must be a string or a number'],
    [{ stock: -1 }, 'stock must be'],
  ])('invalid product: %j is rejected with a reason', (overrides, reason) => {
    const { reasons } = readProductData('q', { ...data, ...overrides }) as { reasons: string[] };
    expect(reasons).toEqual([expect.stringContaining(reason)]);
  });
});

it('stock: a whole number from 0 to 999,999,999 is accepted, any other value is rejected', () => {
  expect([0, 7, 999_999_999, '3', ' 3.0 '].map(readStock)).toEqual([0, 7, 999_999_999, 3, 3]);
  const none = [-1, 1.5, 1e9, '1.5', 'x', '', true, {}, null, undefined, NaN];
  expect(none.map(readStock)).toEqual(none.map(() => undefined));
});
