import { toDraft, type ProductRecord } from './product-record';

const aRecord = (overrides: Partial<ProductRecord> = {}): ProductRecord => ({
  id: '1',
  name: 'Tomato',
  description: '',
  category: 'Fruits & Vegetables',
  price: '42.5',
  currency: '',
  unit: '',
  stock: '',
  producer: 'Sahyadri Family Farm',
  place: '',
  latitude: '',
  longitude: '',
  createdAt: '',
  ...overrides,
});

const reasonsOf = (record: ProductRecord) => {
  const result = toDraft(record);
  return 'reasons' in result ? result.reasons : [];
};

describe('import record', () => {
  it('defaults: empty fields of a record get their defaults', () => {
    expect(toDraft(aRecord())).toEqual({
      draft: {
        externalId: '1',
        name: 'Tomato',
        description: '',
        category: 'fruits-vegetables',
        priceMinor: 4_250,
        currency: 'INR',
        unit: 'piece',
        stock: 0,
        producer: { name: 'Sahyadri Family Farm', place: '', latitude: null, longitude: null },
      },
    });
  });

  it.each([
    ['42', 4_200],
    ['0.07', 7],
    ['1.1', 110],
    ['10000000', 1_000_000_000],
  ])('price: %s is stored exactly, to the last paisa', (price, priceMinor) => {
    expect(toDraft(aRecord({ price }))).toMatchObject({ draft: { priceMinor } });
  });

  it('white space: line breaks and double spaces in a value become one space', () => {
    expect(toDraft(aRecord({ name: ' Peanut Butter \n Crunchy ' }))).toMatchObject({
      draft: { name: 'Peanut Butter Crunchy' },
    });
  });

  it.each<[Partial<ProductRecord>, string]>([
    [{ name: ' ' }, 'name is missing'],
    [{ id: 'x'.repeat(129) }, 'id exceeds 128 characters'],
    [{ name: 'bell\u0007' }, 'name contains control characters or invalid Unicode'],
    [{ category: '&&' }, 'category contains no letter or digit'],
    [{ price: '-1' }, 'price must be a number from 0 to 10000000 with at most two decimals, not "-1"'],
    [{ price: '1.234' }, 'price must be a number from 0 to 10000000 with at most two decimals, not "1.234"'],
    [
      { price: '10000000.01' },
      'price must be a number from 0 to 10000000 with at most two decimals, not "10000000.01"',
    ],
    [{ price: '' }, 'price is missing'],
    [{ currency: 'rupees' }, 'currency must be three capital letters such as INR, not "rupees"'],
    [{ stock: '1.5' }, 'stock must be a whole number from 0 to 999999999, not "1.5"'],
    [{ latitude: '91' }, 'latitude must be degrees from -90 to 90, not "91"'],
    [{ name: 'half \ud83c' }, 'name contains control characters or invalid Unicode'],
    [{ createdAt: '2026-02-30' }, 'createdAt must be a time such as 2026-10-02T05:11:09Z, not "2026-02-30"'],
    [{ createdAt: 'yesterday' }, 'createdAt must be a time such as 2026-10-02T05:11:09Z, not "yesterday"'],
  ])('invalid record: %j is rejected: %s', (overrides, reason) => {
    expect(reasonsOf(aRecord(overrides))).toEqual([reason]);
  });

  it('invalid record: all errors are reported at once', () => {
    expect(reasonsOf(aRecord({ name: '', price: 'free', producer: '' }))).toHaveLength(3);
  });
});
