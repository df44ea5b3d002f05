import { columnsOfHeader, columnsWithoutHeader } from './column-mapping';
import { importPresets, type PresetName } from './import-presets';
import { RecordReader, type Cells, type RecordRules } from './record.reader';

const plainRules: RecordRules = { mapping: { columns: {}, constants: {} }, preset: undefined, decimalMark: 'point' };

const TOMATO = { id: 1, name: 'Tomato', category: 'Vegetables', price: 42.5, producer: 'Sahyadri Family Farm' };

function readOne(cells: Cells, rules: Partial<RecordRules> = {}) {
  const all = { ...plainRules, ...rules };
  return new RecordReader(all, columnsWithoutHeader(all.mapping)).read(cells);
}

describe('import record', () => {
  it('unmapped members: members of any type that are not mapped are ignored', () => {
    expect(readOne({ ...TOMATO, tags: [], note: null, more: { a: [{}] }, big: 2 ** 60 })).toMatchObject({
      draft: { externalId: '1', priceMinor: 4_250 },
      warnings: [],
    });
  });

  it('nested members: a column may be a path into a record, or a name with a dot', () => {
    const cells = { ...TOMATO, price: undefined, variants: [{ price: '12.00' }], 'dotted.name': 'Okra' };
    const columns = { price: 'variants.0.price', name: 'dotted.name', place: 'variants.7.place' };
    expect(readOne(cells, { mapping: { columns, constants: {} } })).toMatchObject({
      draft: { priceMinor: 1_200, name: 'Okra', producer: { place: '' } },
    });
  });

  it('constants: an empty or missing value is replaced by its constant', () => {
    const mapping = { columns: {}, constants: { producer: 'Patil, Sons & Co', unit: 'kg' } };
    expect(readOne({ ...TOMATO, producer: ' ', unit: null }, { mapping })).toMatchObject({
      draft: { producer: { name: 'Patil, Sons & Co' }, unit: 'kg' },
    });
  });

  it.each<[Cells, string]>([
    [{ name: ['Tomato'] }, 'name must be a string or a number'],
    [{ id: 2 ** 60 }, 'id exceeds the range of exact JSON integers; write it as a string'],
    [{ name: null }, 'name is missing'],
    [{ price: '€5', currency: 'INR' }, 'price is in EUR, but currency is INR'],
    [{ price: '$5' }, 'the currency sign in "$5" is ambiguous; set the currency with --set currency=… or in a column'],
    [{ stock: '0,500' }, 'stock must be a whole number from 0 to 999999999, not "0,500"'],
    [{ price: '0,500' }, 'price must be a number from 0 to 10000000 with at most two decimals, not "0,500"'],
    [{ price: '12,50' }, 'price must be a number from 0 to 10000000 with at most two decimals, not "12,50"'],
  ])('invalid record: %j is rejected: %s', (overrides, reason) => {
    expect(readOne({ ...TOMATO, ...overrides })).toEqual({ reasons: [reason] });
  });

  it.each<[Cells, object]>([
    [{ price: '₹1,299.00' }, { priceMinor: 129_900, currency: 'INR' }],
    [{ price: '€5' }, { priceMinor: 500, currency: 'EUR' }],
    [
      { price: '$5', currency: 'usd' },
      { priceMinor: 500, currency: 'USD' },
    ],
    [
      { price: 5, currency: 'Rs.' },
      { priceMinor: 500, currency: 'INR' },
    ],
    [
      { price: '129.500', stock: '3.0' },
      { priceMinor: 12_950, stock: 3 },
    ],
    [{ stock: '1,200' }, { stock: 1_200 }],
    [{ latitude: '0,045', longitude: '12,971' }, { producer: { latitude: 0.045, longitude: 12.971 } }],
    [{ price: '$5 USD' }, { priceMinor: 500, currency: 'USD' }],
  ])('number and currency formats: %j is read as %j', (overrides, draft) => {
    expect(readOne({ ...TOMATO, ...overrides })).toMatchObject({ draft });
  });

  it('decimal comma: it applies to texts, not to JSON numbers', () => {
    const comma = { decimalMark: 'comma' } as const;
    const cells = { ...TOMATO, price: '1.299,50', stock: '1.200', latitude: '19,99', longitude: 73.781 };
    expect(readOne(cells, comma)).toMatchObject({
      draft: { priceMinor: 129_950, stock: 1_200, producer: { latitude: 19.99, longitude: 73.781 } },
    });
    expect(readOne({ ...TOMATO, price: '0.500' }, comma)).toMatchObject({ draft: { priceMinor: 50 } }); // not 500
  });

  it('degrees: a point and a comma are decimal marks and never separate groups', () => {
    for (const decimalMark of ['point', 'comma'] as const)
      for (const [latitude, longitude] of [
        ['0.045', '77.594'],
        ['0,045', '77,594'],
      ])
        expect(readOne({ ...TOMATO, price: 5, latitude, longitude }, { decimalMark })).toMatchObject({
          draft: { producer: { latitude: 0.045, longitude: 77.594 } },
        });
  });

  it('missing columns: mapped columns that no record has are reported', () => {
    const mapping = { columns: { description: 'body_htm', price: 'cost' }, constants: {} };
    const reading = new RecordReader({ ...plainRules, mapping }, columnsWithoutHeader(mapping));
    reading.read({ ...TOMATO, cost: null });
    expect([...reading.missingColumns]).toEqual(['body_htm']);
  });

  it.each(['8.90E+12', '8,9e+12', '1E5', '#N/A', '#REF!', '#NAME?', '#DIV/0!', '########'])(
    'damaged id: %s is stored with a warning',
    (id) => {
      expect(readOne({ ...TOMATO, id })).toMatchObject({
        draft: { externalId: id },
        warnings: [`the id "${id}" looks damaged by a spreadsheet`],
      });
    },
  );

  it.each(['8901234567890', 'E12', 'ab-1e5', '#12', 'e+5', '1e'])(
    'damaged id: %s is stored without a warning',
    (id) => {
      expect(readOne({ ...TOMATO, id })).toMatchObject({ warnings: [] });
    },
  );

  it('long description: it is truncated to 2,000 characters, with a warning', () => {
    const result = readOne({ ...TOMATO, description: ' x'.repeat(3_000) });
    expect(result).toMatchObject({ warnings: ['the description has 5999 characters and was truncated to 2000'] });
    const { description } = (result as { draft: { description: string } }).draft;
    expect([...description]).toHaveLength(2_000);
    expect(description.endsWith('…')).toBe(true);
  });
});

/** Rows of an export: its header, then its values. */
function readExport(name: PresetName, [header = [], ...rows]: string[][], constants = {}) {
  const preset = importPresets[name];
  const rules = { ...plainRules, preset, mapping: { columns: {}, constants } };
  const reading = new RecordReader(rules, columnsOfHeader(rules.mapping, preset.columns, header));
  return rows.map((row) => {
    const result = reading.read(Object.fromEntries(header.map((column, index) => [column, row[index] ?? ''])));
    return typeof result === 'object' && 'draft' in result ? result.draft : result;
  });
}

describe('Shopify export', () => {
  const header = [
    'Handle', 'Title', 'Body (HTML)', 'Vendor', 'Product Category', 'Type', 'Published', 'Option1 Name', 'Option1 Value',
    'Variant Inventory Tracker', 'Variant Inventory Qty', 'Variant Price', 'Image Src', 'Status',
  ]; // prettier-ignore

  it('Shopify variants: each variant is a product, and a row with only a picture is skipped', () => {
    const [small, large, picture] = readExport('shopify', [
      header,
      ['okra', 'Okra', '<p>Tender &amp; green</p>', 'Patil Farm', 'Food > Vegetables', '', 'true', 'Size', '500 g', 'shopify', '-2', '30.00', 'a.jpg', 'active'],
      ['okra', '', '', '', '', '', '', '', '1 kg', 'shopify', '7', '55.00', '', ''],
      ['okra', '', '', '', '', '', '', '', '', '', '', '', 'b.jpg', ''],
    ]); // prettier-ignore
    const shared = { description: 'Tender & green', category: 'vegetables', producer: { name: 'Patil Farm' } };
    expect(small).toMatchObject({
      ...shared,
      externalId: 'okra/500 g',
      name: 'Okra (500 g)',
      priceMinor: 3_000,
      stock: 0,
    });
    expect(large).toMatchObject({
      ...shared,
      externalId: 'okra/1 kg',
      name: 'Okra (1 kg)',
      priceMinor: 5_500,
      stock: 7,
    });
    expect(picture).toBe('skipped');
  });

  it('Shopify products: they are read without variants and stock tracking; drafts are skipped', () => {
    const row = (handle: string, status: string) =>
      [handle, 'Honey', '', 'Bee Farm', '', 'Honey', 'true', 'Title', 'Default Title', '', '', '250.00', '', status]; // prettier-ignore
    const [honey, draft] = readExport('shopify', [header, row('honey', 'active'), row('draft', 'draft')]);
    expect(honey).toMatchObject({ externalId: 'honey', name: 'Honey', stock: 1 });
    expect(draft).toBe('skipped');
  });

  it.each([
    ['draft', 'true'],
    ['active', 'FALSE'],
  ])('Shopify status: no variant of a product that is %s, published %s, is read', (status, published) => {
    const variants = readExport('shopify', [
      header,
      ['okra', 'Okra', '', 'Patil Farm', '', 'Veg', published, 'Size', '500 g', 'shopify', '2', '30.00', '', status],
      ['okra', '', '', '', '', '', '', '', '1 kg', 'shopify', '7', '55.00', '', ''],
    ]); // prettier-ignore
    expect(variants).toEqual(['skipped', 'skipped']);
  });

  it('Shopify columns: the new column names are recognised', () => {
    const [honey] = readExport('shopify', [
      ['URL handle', 'Title', 'Description', 'Vendor', 'Type', 'Price', 'Inventory quantity', 'Option1 value'],
      ['honey', 'Honey', 'Raw', 'Bee Farm', 'Honey', '250.00', '4', 'Default Title'],
    ]);
    expect(honey).toMatchObject({ externalId: 'honey', description: 'Raw', priceMinor: 25_000, stock: 4 });
  });
});

describe('WooCommerce export', () => {
  const header = [
    'ID', 'Type', 'SKU', 'Name', 'Published', 'Short description', 'Description', 'In stock?', 'Stock', 'Sale price',
    'Regular price', 'Categories', 'Parent', 'Brands',
  ]; // prettier-ignore

  it('WooCommerce variations: they inherit from their parents; unpublished products are skipped', () => {
    const [simple, parent, variation, hidden] = readExport('woocommerce', [
      header,
      ['1', 'simple, virtual', 'S', "'-5% Okra", '1', 'Short', '', '1', '', '25', '30', 'Food > Veg\\, fresh, Sale', '', 'Patil Farm'],
      ['2', 'variable', 'H', 'Honey', '1', '', '<p>Raw</p>', '1', '', '', '', 'Honey', '', 'Bee Farm'],
      ['9', 'variation', 'H-1', 'Honey - 1 kg', '1', '', '', '0', '-3', '', '250', '', 'id:2', ''],
      ['3', 'simple', '', 'Draft', '-1', '', '', '1', '', '', '5', 'Honey', '', 'Bee Farm'],
    ]); // prettier-ignore
    expect(simple).toMatchObject({
      externalId: '1', name: '-5% Okra', description: 'Short', priceMinor: 2_500, stock: 1, category: 'veg-fresh', producer: { name: 'Patil Farm' },
    }); // prettier-ignore
    expect([parent, hidden]).toEqual(['skipped', 'skipped']);
    const unpublished = readExport('woocommerce', [
      header,
      ['2', 'variable', 'H', 'Honey', '0', '', '', '1', '', '', '', 'Honey', '', 'Bee Farm'],
      ['9', 'variation', 'H-1', 'Honey - 1 kg', '1', '', '', '1', '3', '', '250', '', 'id:2', ''],
    ]); // prettier-ignore
    expect(unpublished).toEqual(['skipped', 'skipped']);
    expect(variation).toMatchObject({
      externalId: '9', name: 'Honey - 1 kg', description: 'Raw', category: 'honey', stock: 0, producer: { name: 'Bee Farm' },
    }); // prettier-ignore
  });
});

it('Google Merchant Center: prices with currencies, and availability, are read', () => {
  const [inStock, outOfStock] = readExport('google-merchant', [
    [
      'id',
      'title',
      'description',
      'availability',
      'price',
      'sale price',
      'product_type',
      'google_product_category',
      'brand',
    ],
    ['a', 'Okra', 'Tender', 'in_stock', '30.00 INR', '25.00 INR', 'Food > Vegetables', '412', 'Patil Farm'],
    ['b', 'Honey', 'Raw', 'out_of_stock', '250 USD', '', '', 'Food Items > Honey', 'Bee Farm'],
  ]);
  expect(inStock).toMatchObject({ priceMinor: 2_500, currency: 'INR', category: 'vegetables', stock: 1 });
  expect(outOfStock).toMatchObject({ priceMinor: 25_000, currency: 'USD', category: 'honey', stock: 0 });
});

it('Square: each variation is a product, with the stock of all locations', () => {
  const [large, regular, archived] = readExport(
    'square',
    [
      ['Token', 'Item Name', 'Variation Name', 'Description', 'Categories', 'Price', 'Current Quantity Nashik', 'Current Quantity Pune', 'Archived'],
      ['T1', 'Okra', 'Large', '', 'Veg, Sale', '30.00', '1,200', '-1', 'N'],
      ['T2', 'Honey', 'Regular', '<b>Raw</b>', 'Honey', '250.00', '', '', 'N'],
      ['T3', 'Old', 'Regular', '', 'Honey', '5.00', '', '', 'Y'],
    ],
    { producer: 'Bee Farm' },
  ); // prettier-ignore
  expect(large).toMatchObject({
    externalId: 'T1',
    name: 'Okra (Large)',
    category: 'veg',
    stock: 1_200,
    priceMinor: 3_000,
  });
  expect(regular).toMatchObject({ externalId: 'T2', name: 'Honey', description: 'Raw', stock: 1 });
  expect(archived).toBe('skipped');
});
