/** Exports of shop systems: which of their columns hold what, and which of their rows are products. */
import { htmlToText } from './html-text';
import type { KnownColumns } from './column-mapping';
import { readNumber, type DecimalMark } from './local-numbers';
import type { ProductRecord } from './product-record';

/** Column → value, with the names that the export gives its columns. */
export type Row = Readonly<Record<string, string>>;

export interface Inheritance {
  /** Taken if the row has none of its own. */
  readonly columns: readonly string[];
  /** By which rows below refer to this one; none if they do not. */
  readonly keysOf: (row: Row) => readonly string[];
  readonly parentOf: (row: Row) => string;
}

export interface ImportPreset {
  readonly columns: KnownColumns;
  /** Whether the row is a product; others are skipped. Sees values of the row alone. */
  readonly isProduct: (row: Row) => boolean;
  /** Whether the row is for sale; if not, it and the rows that inherit from it are skipped. Sees values of the row alone. */
  readonly isOffered: (row: Row) => boolean;
  /** Rows that take values from one above them. */
  readonly inheritance?: Inheritance;
  /** The product of a row: what its columns say, put into our terms. */
  readonly toProduct: (record: ProductRecord, row: Row, decimalMark: DecimalMark) => ProductRecord;
}

/** Of a product that is for sale and whose pieces the shop does not count. */
const UNCOUNTED_STOCK = '1';

/** One row for each variant and each picture; all but the first leave the columns of the product empty. */
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

/** WooCommerce escapes what a spreadsheet would take for a formula: `'-5% Deal` */
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

/** One row for each variation. The number of pieces is counted for each location, in a column of its own. */
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

/** The first of these columns that has a value. */
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

/** Commas inside of an item are escaped. */
function firstOfList(items: string): string {
  return (
    items
      .split(/(?<!\\),/, 1)[0]
      ?.replaceAll('\\,', ',')
      .trim() ?? ''
  );
}

/** Shops sell what they do not have; then they count below zero. */
function atLeastZero(stock: string): string {
  return stock.startsWith('-') ? '0' : stock;
}

function stockIf(isAvailable: boolean): string {
  return isAvailable ? UNCOUNTED_STOCK : '0';
}
