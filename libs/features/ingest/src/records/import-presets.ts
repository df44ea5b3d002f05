/** Presets for exports of shop systems: their columns, the rows that are products, and the conversion of values. */
import type { ProductRecord } from '@catalogue';
import type { KnownColumns } from './column-mapping';
import { htmlToText } from './html-text';
import { readNumber, type DecimalMark } from './local-numbers';

/** Column of the export → value. */
export type Row = Readonly<Record<string, string>>;

export interface Inheritance {
  /** Columns whose empty values are inherited. */
  readonly columns: readonly string[];
  /** Keys by which later rows refer to this one; empty if it is not a parent. */
  readonly keysOf: (row: Row) => readonly string[];
  readonly parentOf: (row: Row) => string;
}

export interface ImportPreset {
  readonly columns: KnownColumns;
  /** Whether the row is a product; other rows are skipped. Receives the row without inherited values. */
  readonly isProduct: (row: Row) => boolean;
  /**
   * Whether the row is for sale; if not, the row and its heirs are skipped. Receives the row without inherited values.
   */
  readonly isOffered: (row: Row) => boolean;
  /** How rows inherit values from an earlier row. */
  readonly inheritance?: Inheritance;
  /** Converts the mapped values of a row to those of the catalogue. */
  readonly toProduct: (record: ProductRecord, row: Row, decimalMark: DecimalMark) => ProductRecord;
}

/** Stock of a product that is for sale without stock tracking. */
const UNCOUNTED_STOCK = '1';

/** One row per variant and per picture; only the first contains the columns of the product. */
const shopify: ImportPreset = {
  columns: {
    id: ['Handle', 'URL handle'],
    name: ['Title'],
    description: ['Body (HTML)', 'Description'],
    category: ['Type', 'Product Category'],
    price: ['Variant Price', 'Price'],
    stock: ['Variant Inventory Qty', 'Inventory quantity'],
    producer: ['Vendor'],
  },
  isProduct: (row) => valueOf(row, 'Title', 'Variant Price', 'Price') !== '',
  isOffered: (row) =>
    /^(?:|active)$/i.test(valueOf(row, 'Status')) &&
    !/^false$/i.test(valueOf(row, 'Published', 'Published on online store')),
  inheritance: {
    columns: ['Title', 'Body (HTML)', 'Description', 'Vendor', 'Type', 'Product Category', 'Product category'],
    keysOf: (row) => (valueOf(row, 'Title') === '' ? [] : [valueOf(row, 'Handle', 'URL handle')]),
    parentOf: (row) => valueOf(row, 'Handle', 'URL handle'),
  },
  toProduct: (record, row) => {
    const options = [1, 2, 3].map((n) => valueOf(row, `Option${n} Value`, `Option${n} value`));
    const chosen = options.filter((option) => option !== '' && option !== 'Default Title');
    const tracker = row['Variant Inventory Tracker'] ?? row['Inventory tracker'];
    return {
      ...record,
      ...ofVariant(record, chosen),
      id: [record.id, ...chosen].join('/'),
      description: htmlToText(record.description),
      category: lastOfPath(record.category),
      stock: tracker?.trim() === '' ? UNCOUNTED_STOCK : atLeastZero(record.stock),
    };
  },
};

/** https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema */
const woocommerce: ImportPreset = {
  columns: {
    id: ['ID', 'SKU'],
    name: ['Name'],
    description: ['Description', 'Short description'],
    category: ['Categories'],
    price: ['Sale price', 'Regular price'],
    stock: ['Stock'],
    producer: ['Brands'],
  },
  isProduct: (row) => !typesOf(row).some((type) => type === 'variable' || type === 'grouped'),
  isOffered: (row) => ['', '1'].includes(valueOf(row, 'Published')),
  inheritance: {
    columns: ['Description', 'Short description', 'Categories', 'Brands'],
    keysOf: (row) => (typesOf(row).includes('variable') ? [`id:${valueOf(row, 'ID')}`, valueOf(row, 'SKU')] : []),
    parentOf: (row) => valueOf(row, 'Parent'),
  },
  toProduct: (record, row) => {
    const unescaped = withoutEscapes(record);
    const { description, category, producer, stock } = unescaped;
    return {
      ...unescaped,
      description: htmlToText(description),
      category: lastOfPath(firstOfList(category)),
      producer: firstOfList(producer),
      stock: /\d/.test(stock) ? atLeastZero(stock) : stockIf(valueOf(row, 'In stock?') === '1'),
    };
  },
};

/** `'-5% Deal` → `-5% Deal`: WooCommerce escapes values that a spreadsheet would interpret as formulas. */
function withoutEscapes(record: ProductRecord): ProductRecord {
  const entries = Object.entries(record).map(([field, value]) => [field, value.replace(/^'(?=[=+@-])/, '')]);
  return Object.fromEntries(entries) as ProductRecord;
}

/** https://support.google.com/merchants/answer/7052112 */
const googleMerchant: ImportPreset = {
  columns: {
    id: ['id'],
    name: ['title'],
    description: ['description'],
    category: ['product_type', 'google_product_category'],
    price: ['sale_price', 'price'],
    stock: ['quantity', 'sell_on_google_quantity'],
    producer: ['brand'],
  },
  isProduct: () => true,
  isOffered: () => true,
  toProduct: (record, row) => ({
    ...record,
    description: htmlToText(record.description),
    category: lastOfPath(record.category),
    stock: record.stock || stockIf(/^in[ _]stock$/i.test(valueOf(row, 'availability'))),
  }),
};

/** One row per variation, with one stock column per location. */
const square: ImportPreset = {
  columns: {
    id: ['Token', 'SKU'],
    name: ['Item Name', 'Customer-facing Name'],
    description: ['Description'],
    category: ['Reporting Category', 'Categories', 'Category'],
    price: ['Price'],
    producer: ['Default Vendor Name'],
  },
  isProduct: () => true,
  isOffered: (row) => !/^y/i.test(valueOf(row, 'Archived')),
  toProduct: (record, row, decimalMark) => {
    const variation = valueOf(row, 'Variation Name');
    const counted = Object.entries(row).filter(
      ([column, value]) => column.startsWith('Current Quantity') && /\d/.test(value),
    );
    const stock = counted.reduce((sum, [, value]) => sum + Math.max(0, Number(readNumber(value, decimalMark))), 0);
    return {
      ...record,
      ...ofVariant(record, variation === 'Regular' || variation === '' ? [] : [variation]),
      description: htmlToText(record.description),
      category: lastOfPath(firstOfList(record.category)),
      stock: record.stock || (counted.length === 0 ? UNCOUNTED_STOCK : String(Math.floor(stock))),
    };
  },
};

export const importPresets = {
  shopify,
  woocommerce,
  'google-merchant': googleMerchant,
  square,
} as const satisfies Readonly<Record<string, ImportPreset>>;
export type PresetName = keyof typeof importPresets;

/** Returns the first non-empty value of these columns. */
function valueOf(row: Row, ...columns: readonly string[]): string {
  return columns.map((column) => row[column]?.trim() ?? '').find((value) => value !== '') ?? '';
}

/** `simple, virtual` → `['simple', 'virtual']` */
function typesOf(row: Row): string[] {
  return valueOf(row, 'Type')
    .split(',')
    .map((type) => type.trim());
}

function ofVariant({ name }: ProductRecord, options: readonly string[]): Pick<ProductRecord, 'name'> {
  return { name: options.length === 0 ? name : `${name} (${options.join(', ')})` };
}

/** `Food > Fruits > Mangoes` → `Mangoes` */
function lastOfPath(category: string): string {
  return category.split('>').at(-1)?.trim() ?? '';
}

/** `Veg\, fresh, Sale` → `Veg, fresh`: commas inside an item are escaped. */
function firstOfList(items: string): string {
  return (
    items
      .split(/(?<!\\),/, 1)[0]
      ?.replaceAll('\\,', ',')
      .trim() ?? ''
  );
}

/** Returns `0` for a negative stock, which a shop records when it oversells. */
function atLeastZero(stock: string): string {
  return stock.startsWith('-') ? '0' : stock;
}

function stockIf(isAvailable: boolean): string {
  return isAvailable ? UNCOUNTED_STOCK : '0';
}
