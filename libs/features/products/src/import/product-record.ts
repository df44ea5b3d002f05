/**
 * A product, as texts by field, becomes a draft or a list of reasons why it cannot.
 * Spaces around and line breaks inside a value are not part of it.
 */
import { readDecimal, readTimestampMs } from '@platform/formats';
import { MAX_CATEGORY_LENGTH, toCategorySlug } from '../category-slug';
import { MAX_EXTERNAL_ID_LENGTH, MAX_PRICE, MAX_STOCK, type ProductDraft } from '../product-draft';

/** In characters. */
export const MAX_DESCRIPTION_LENGTH = 2_000;

/** Fields of a product, and the default of each; undefined: the field is required. */
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

export function toDraft(record: ProductRecord): ReadDraft {
  const reasons: string[] = [];
  const refuse = (reason: string) => void reasons.push(reason);
  const text = (field: ImportField, maxLength: number) => readText(record, field, maxLength, refuse);
  const draft: ProductDraft = {
    externalId: text('id', MAX_EXTERNAL_ID_LENGTH),
    name: text('name', 200),
    description: text('description', MAX_DESCRIPTION_LENGTH),
    category: readCategory(text('category', 200), refuse),
    priceMinor: readPriceMinor(text('price', 20), refuse),
    currency: readPattern(
      text('currency', 20),
      /^[A-Z]{3}$/,
      'currency must be three capital letters such as INR',
      refuse,
    ),
    unit: text('unit', 32),
    stock: readStock(text('stock', 20), refuse),
    producer: {
      name: text('producer', 200),
      place: text('place', 200),
      latitude: readDegrees('latitude', 90, record, refuse),
      longitude: readDegrees('longitude', 180, record, refuse),
    },
    ...readCreatedAt(text('createdAt', 40), refuse),
  };
  return reasons.length === 0 ? { draft } : { reasons };
}

type Refuse = (reason: string) => void;

function readText(record: ProductRecord, field: ImportField, maxLength: number, refuse: Refuse): string {
  const text = record[field].replace(/\s+/g, ' ').trim() || importFields[field];
  if (text === undefined) refuse(`${field} is missing`);
  else if ([...text].length > maxLength) refuse(`${field} has more than ${maxLength} characters`);
  else if (/[\p{Cc}\p{Cs}\ufffd]/u.test(text)) refuse(`${field} has characters that are not text`);
  return text ?? '';
}

function readCategory(name: string, refuse: Refuse): string {
  const slug = toCategorySlug(name);
  if (name !== '' && slug === '') refuse('category has no letter or digit');
  if (slug.length > MAX_CATEGORY_LENGTH) refuse(`category has more than ${MAX_CATEGORY_LENGTH} characters as a slug`);
  return slug;
}

/** Read digit by digit, never through a binary fraction. */
function readPriceMinor(text: string, refuse: Refuse): number {
  const [, major = '', minor = ''] = /^(\d{1,8})(?:\.(\d{1,2})0*)?$/.exec(text) ?? [];
  const priceMinor = Number(major) * 100 + Number(minor.padEnd(2, '0'));
  if (text !== '' && (major === '' || priceMinor > MAX_PRICE * 100)) {
    refuse(`price must be a number from 0 to ${MAX_PRICE} with at most two decimals, not "${text}"`);
  }
  return priceMinor;
}

function readPattern(text: string, pattern: RegExp, rule: string, refuse: Refuse): string {
  if (!pattern.test(text)) refuse(`${rule}, not "${text}"`);
  return text;
}

function readStock(text: string, refuse: Refuse): number {
  const stock = readPieces(text);
  if (stock === undefined) refuse(`stock must be a whole number from 0, not "${text}"`);
  return stock ?? 0;
}

/** `7` or `7.0`. Undefined for what is no number of pieces. */
export function readPieces(text: string): number | undefined {
  const stock = /^\d{1,9}(?:\.0+)?$/.test(text) ? Number(text) : NaN;
  return stock <= MAX_STOCK ? stock : undefined;
}

function readDegrees(
  field: 'latitude' | 'longitude',
  max: number,
  record: ProductRecord,
  refuse: Refuse,
): number | null {
  const text = record[field].trim();
  if (text === '') return null;
  const degrees = readDecimal(text);
  if (degrees !== undefined && Math.abs(degrees) <= max) return degrees;
  refuse(`${field} must be degrees from -${max} to ${max}, not "${shorten(text)}"`);
  return null;
}

/** A value that is wrong may be any text. */
function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

function readCreatedAt(text: string, refuse: Refuse): { createdAtMs?: number } {
  if (text === '') return {};
  const createdAtMs = readTimestampMs(text);
  if (createdAtMs !== undefined) return { createdAtMs };
  refuse(`createdAt must be a time such as 2026-10-02T05:11:09Z, not "${text}"`);
  return {};
}
