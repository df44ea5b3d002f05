/**
 * A line of an import file, as names and texts, becomes a product draft or a list of reasons why it cannot.
 * Spaces around and line breaks inside a value are not part of it.
 */
import { MAX_CATEGORY_LENGTH, toCategorySlug } from '../category-slug';
import { MAX_EXTERNAL_ID_LENGTH, MAX_PRICE, MAX_STOCK, type ProductDraft } from '../product-draft';

/** Fields of an import, and what one is when neither the file nor `--set` says; undefined: the line is refused. */
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
    description: text('description', 2_000),
    category: readCategory(text('category', 200), refuse),
    priceMinor: readPriceMinor(text('price', 20), refuse),
    currency: readPattern(
      text('currency', 20),
      /^[A-Z]{3}$/,
      'currency must be three capital letters such as INR',
      refuse,
    ),
    unit: text('unit', 32),
    stock:
      readNumber(text('stock', 20), /^\d{1,9}$/, [0, MAX_STOCK], 'stock must be a whole number from 0', refuse) ?? 0,
    producer: {
      name: text('producer', 200),
      place: text('place', 200),
      latitude: readNumber(text('latitude', 30), DEGREES, [-90, 90], 'latitude must be degrees from -90 to 90', refuse),
      longitude: readNumber(
        text('longitude', 30),
        DEGREES,
        [-180, 180],
        'longitude must be degrees from -180 to 180',
        refuse,
      ),
    },
    ...readCreatedAt(text('createdAt', 40), refuse),
  };
  return reasons.length === 0 ? { draft } : { reasons };
}

type Refuse = (reason: string) => void;

const DEGREES = /^-?\d{1,3}(\.\d{1,15})?$/;

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
  const [, major = '', minor = ''] = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
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

function readNumber(
  text: string,
  pattern: RegExp,
  [min, max]: [number, number],
  rule: string,
  refuse: Refuse,
): number | null {
  if (text === '') return null;
  const value = pattern.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) refuse(`${rule}, not "${text}"`);
  return value;
}

function readCreatedAt(text: string, refuse: Refuse): { createdAtMs?: number } {
  if (text === '') return {};
  const createdAtMs = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(createdAtMs) || !isDay(text.slice(0, 10))) {
    refuse(`createdAt must be a time such as 2026-10-02T05:11:09Z, not "${text}"`);
  }
  return { createdAtMs };
}

/** Date.parse takes 30 February for 2 March. */
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
