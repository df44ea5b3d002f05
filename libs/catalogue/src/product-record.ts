/**
 * Converts a product, given as texts by field, to a draft or to reasons for its rejection. Surrounding spaces are
 * removed, and white space inside a value becomes one space.
 */
import { readDecimal, readTimestampMs } from '@platform/formats';
import { MAX_CATEGORY_LENGTH, toCategorySlug } from './category-slug';
import { MAX_EXTERNAL_ID_LENGTH, MAX_PRICE, MAX_STOCK, type ProductDraft } from './product-draft';

/** Maximum length, in characters. */
export const MAX_DESCRIPTION_LENGTH = 2_000;

/** Field → default; undefined if the field is required. */
export const importFields = {
  id: undefined,
  name: undefined,
  description: '',
  category: undefined,
  price: undefined,
  currency: 'INR',
  unit: 'piece',
  stock: '0',
  producer: undefined,
  place: '',
  latitude: '',
  longitude: '',
  createdAt: '',
} as const;

export type ImportField = keyof typeof importFields;
export type ProductRecord = Readonly<Record<ImportField, string>>;

export function isImportField(name: string): name is ImportField {
  return Object.hasOwn(importFields, name);
}

export type ReadDraft = { readonly draft: ProductDraft } | { readonly reasons: readonly string[] };

/** `{ id: '1', name: 'Tomato', category: 'Fruits', price: '42.5', … }` → `{ draft: { priceMinor: 4250, … } }` */
export function toDraft(record: ProductRecord): ReadDraft {
  const reasons: string[] = [];
  const reject = (reason: string) => void reasons.push(reason);
  const text = (field: ImportField, maxLength: number) => readText(record, field, maxLength, reject);
  const draft: ProductDraft = {
    externalId: text('id', MAX_EXTERNAL_ID_LENGTH),
    name: text('name', 200),
    description: text('description', MAX_DESCRIPTION_LENGTH),
    category: readCategory(text('category', 200), reject),
    priceMinor: readPriceMinor(text('price', 20), reject),
    currency: readPattern(
      text('currency', 20),
      /^[A-Z]{3}$/,
      'currency must be three capital letters such as INR',
      reject,
    ),
    unit: text('unit', 32),
    stock: readStock(text('stock', 20), reject),
    producer: {
      name: text('producer', 200),
      place: text('place', 200),
      latitude: readDegrees('latitude', 90, record, reject),
      longitude: readDegrees('longitude', 180, record, reject),
    },
    ...readCreatedAt(text('createdAt', 40), reject),
  };
  return reasons.length === 0 ? { draft } : { reasons };
}

type Reject = (reason: string) => void;

function readText(record: ProductRecord, field: ImportField, maxLength: number, reject: Reject): string {
  const text = record[field].replace(/\s+/g, ' ').trim() || importFields[field];
  if (text === undefined) reject(`${field} is missing`);
  else if ([...text].length > maxLength) reject(`${field} exceeds ${maxLength} characters`);
  else if (/[\p{Cc}\p{Cs}\ufffd]/u.test(text)) reject(`${field} contains control characters or invalid Unicode`);
  return text ?? '';
}

function readCategory(name: string, reject: Reject): string {
  const slug = toCategorySlug(name);
  if (name !== '' && slug === '') reject('category contains no letter or digit');
  if (slug.length > MAX_CATEGORY_LENGTH) reject(`category exceeds ${MAX_CATEGORY_LENGTH} characters as a slug`);
  return slug;
}

/** Parses the decimal digits, without a conversion to a binary fraction. */
function readPriceMinor(text: string, reject: Reject): number {
  const [, major = '', minor = ''] = /^(\d{1,8})(?:\.(\d{1,2})0*)?$/.exec(text) ?? [];
  const priceMinor = Number(major) * 100 + Number(minor.padEnd(2, '0'));
  if (text !== '' && (major === '' || priceMinor > MAX_PRICE * 100)) {
    reject(`price must be a number from 0 to ${MAX_PRICE} with at most two decimals, not "${text}"`);
  }
  return priceMinor;
}

function readPattern(text: string, pattern: RegExp, rule: string, reject: Reject): string {
  if (!pattern.test(text)) reject(`${rule}, not "${text}"`);
  return text;
}

function readStock(text: string, reject: Reject): number {
  const stock = readPieces(text);
  if (stock === undefined) reject(`stock must be a whole number from 0 to ${MAX_STOCK}, not "${text}"`);
  return stock ?? 0;
}

/** `7.0` → `7`. Returns undefined if the text is not a valid stock. */
export function readPieces(text: string): number | undefined {
  const stock = /^\d{1,9}(?:\.0+)?$/.test(text) ? Number(text) : NaN;
  return stock <= MAX_STOCK ? stock : undefined;
}

function readDegrees(
  field: 'latitude' | 'longitude',
  max: number,
  record: ProductRecord,
  reject: Reject,
): number | null {
  const text = record[field].trim();
  if (text === '') return null;
  const degrees = readDecimal(text);
  if (degrees !== undefined && Math.abs(degrees) <= max) return degrees;
  reject(`${field} must be degrees from -${max} to ${max}, not "${shorten(text)}"`);
  return null;
}

/** Shortens an invalid value, which may be any text, for a message. */
function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

function readCreatedAt(text: string, reject: Reject): { createdAtMs?: number } {
  if (text === '') return {};
  const createdAtMs = readTimestampMs(text);
  if (createdAtMs !== undefined) return { createdAtMs };
  reject(`createdAt must be a time such as 2026-10-02T05:11:09Z, not "${text}"`);
  return {};
}
