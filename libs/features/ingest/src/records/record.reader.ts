/**
 * Converts a record of a file to a product draft or to reasons for its rejection. Columns are mapped to fields, a
 * preset converts their values, and local number formats are normalised.
 */
import {
  MAX_DESCRIPTION_LENGTH,
  importFields,
  toDraft,
  type ImportField,
  type ProductDraft,
  type ProductRecord,
} from '@catalogue';
import { LRUCache } from 'lru-cache';
import type { ColumnMapping, FieldColumns } from './column-mapping';
import type { ImportPreset, Inheritance, Row } from './import-presets';
import { readAmount, readCurrency, readDegrees, readNumber, type DecimalMark } from './local-numbers';

/** Column → value, as in the file. */
export type Cells = Readonly<Record<string, unknown>>;

export type ReadRecord =
  | { readonly draft: ProductDraft; readonly warnings: readonly string[] }
  | { readonly reasons: readonly string[] }
  | 'skipped';

export interface RecordRules {
  readonly mapping: ColumnMapping;
  readonly preset: ImportPreset | undefined;
  readonly decimalMark: DecimalMark;
}

/** Values that later rows inherit. */
interface Parent {
  readonly values: Row;
  readonly isOffered: boolean;
}

/** Maximum total length, in characters, of inheritable values. */
const MAX_INHERITED_LENGTH = 16_000_000;

export class RecordReader {
  /** Mapped columns that no record has had yet. */
  readonly missingColumns: Set<string>;
  private readonly parents = new LRUCache<string, Parent>({
    maxSize: MAX_INHERITED_LENGTH,
    sizeCalculation: ({ values }) => 100 + Object.values(values).reduce((sum, value) => sum + value.length, 0),
  });

  constructor(
    private readonly rules: RecordRules,
    private readonly columns: FieldColumns,
  ) {
    this.missingColumns = new Set(Object.values(rules.mapping.columns));
  }

  read(cells: Cells): ReadRecord {
    const { preset } = this.rules;
    const row = preset === undefined ? cells : this.withInherited(cells as Row, preset);
    if (row === undefined) return 'skipped';
    const reasons: string[] = [];
    const reject = (reason: string) => void reasons.push(reason);
    const mapped = mapFields((field) => this.readField(row, field, reject));
    const translated = preset === undefined ? mapped : preset.toProduct(mapped, row as Row, this.rules.decimalMark);
    const complete = mapFields((field) => translated[field] || (this.rules.mapping.constants[field] ?? ''));
    const normalised = withNormalisedNumbers(complete, this.rules.decimalMark, reject);
    if (reasons.length > 0) return { reasons };
    const { record, warnings } = withWarnings(normalised);
    const result = toDraft(record);
    return 'draft' in result ? { ...result, warnings } : result;
  }

  /** Returns undefined for a row that is not a product for sale. */
  private withInherited(row: Row, { isProduct, isOffered, inheritance }: ImportPreset): Row | undefined {
    const parent = inheritance && this.parents.get(inheritance.parentOf(row));
    const isForSale = isOffered(row) && parent?.isOffered !== false;
    if (inheritance !== undefined) this.storeParent(row, isForSale, inheritance);
    if (!isForSale || !isProduct(row)) return undefined;
    return parent === undefined ? row : { ...row, ...inheritedBy(row, parent.values) };
  }

  private storeParent(row: Row, isForSale: boolean, { keysOf, columns }: Inheritance): void {
    for (const key of keysOf(row))
      if (key !== '') this.parents.set(key, { values: pick(row, columns), isOffered: isForSale });
  }

  private readField(cells: Cells, field: ImportField, reject: (reason: string) => void): string {
    for (const column of this.columns[field]) {
      const value = valueAt(cells, column);
      if (value !== undefined) this.missingColumns.delete(column);
      const text = toText(value, this.rules.decimalMark);
      if (text === undefined) reject(`${field} must be a string or a number`);
      else if (text === INEXACT) reject(`${field} exceeds the range of exact JSON integers; write it as a string`);
      else if (text.trim() !== '') return text.trim();
    }
    return '';
  }
}

function mapFields(valueOf: (field: ImportField) => string): ProductRecord {
  const fields = Object.keys(importFields) as ImportField[];
  return Object.fromEntries(fields.map((field) => [field, valueOf(field)])) as ProductRecord;
}

const INEXACT = Symbol('a number that JSON.parse has rounded');

/** Returns the member with that name or at that path, such as `variants.0.price`. */
function valueAt(cells: Cells, column: string): unknown {
  if (Object.hasOwn(cells, column)) return cells[column];
  return column.split('.').reduce<unknown>((value, name) => {
    const isContainer = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isContainer ? (value as Cells)[name] : undefined;
  }, cells);
}

/**
 * Returns undefined for arrays and objects. Writes a JSON number with the decimal mark of the file: `12.5` → `12,5`
 * with a comma.
 */
function toText(value: unknown, decimalMark: DecimalMark): string | typeof INEXACT | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return INEXACT;
  return decimalMark === 'point' ? String(value) : String(value).replace('.', ',');
}

/**
 * Normalises local numbers. Other texts remain unchanged: validation accepts plain numbers, such as 12.50, and rejects
 * the rest.
 */
function withNormalisedNumbers(
  record: ProductRecord,
  decimalMark: DecimalMark,
  reject: (reason: string) => void,
): ProductRecord {
  const price = readAmount(record.price, decimalMark);
  return {
    ...record,
    price: price?.digits ?? record.price,
    currency: currencyOf(record, price?.currency, reject),
    stock: readNumber(record.stock, decimalMark) ?? record.stock,
    latitude: readDegrees(record.latitude) ?? record.latitude,
    longitude: readDegrees(record.longitude) ?? record.longitude,
  };
}

/** `ofPrice` is the currency of the sign or code next to the price, null if the sign is ambiguous. */
function currencyOf(
  record: ProductRecord,
  ofPrice: string | null | undefined,
  reject: (reason: string) => void,
): string {
  const explicit = readCurrency(record.currency) ?? record.currency;
  if (explicit === '') {
    if (ofPrice === null)
      reject(
        `the currency sign in "${record.price}" is ambiguous; set the currency with --set currency=… or in a column`,
      );
    return ofPrice ?? '';
  }
  if (typeof ofPrice === 'string' && ofPrice !== explicit)
    reject(`price is in ${ofPrice}, but currency is ${explicit}`);
  return explicit;
}

/** Matches ids that a spreadsheet has converted to a number or replaced by an error value. */
const DAMAGED_ID = /^(?:[+-]?\d+(?:[.,]\d+)?e[+-]?\d+|#[a-z/0]+[!?]?|#+)$/i;

function withWarnings(record: ProductRecord): { record: ProductRecord; warnings: string[] } {
  const warnings: string[] = [];
  if (DAMAGED_ID.test(record.id)) warnings.push(`the id "${record.id}" looks damaged by a spreadsheet`);
  const characters = [...record.description.replace(/\s+/g, ' ').trim()];
  if (characters.length <= MAX_DESCRIPTION_LENGTH) return { record, warnings };
  warnings.push(`the description has ${characters.length} characters and was truncated to ${MAX_DESCRIPTION_LENGTH}`);
  return {
    record: { ...record, description: `${characters.slice(0, MAX_DESCRIPTION_LENGTH - 1).join('')}…` },
    warnings,
  };
}

/** Returns the values of the parent for the empty columns of the row. */
function inheritedBy(row: Row, parent: Row): Row {
  return Object.fromEntries(Object.entries(parent).filter(([column, value]) => value !== '' && !row[column]?.trim()));
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? '']));
}
