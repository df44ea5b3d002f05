/**
 * A record of a file becomes a product draft, or reasons why it cannot: its columns are mapped to fields, a preset
 * translates them, local numbers become plain ones.
 */
import { LRUCache } from 'lru-cache';
import type { ProductDraft } from '../product-draft';
import type { ColumnMapping, FieldColumns } from './column-mapping';
import type { ImportPreset, Inheritance, Row } from './import-presets';
import { readAmount, readCurrency, readDegrees, readNumber, type DecimalMark } from './local-numbers';
import { MAX_DESCRIPTION_LENGTH, importFields, toDraft, type ImportField, type ProductRecord } from './product-record';

/** Column → value, as the file has it. */
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

/** Of a row that others inherit from. */
interface Parent {
  readonly values: Row;
  readonly isOffered: boolean;
}

/** In characters, over all rows that others inherit from. */
const MAX_INHERITED_LENGTH = 16_000_000;

export class RecordReading {
  /** Columns that the operator has mapped and no record has had so far. */
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
    const refuse = (reason: string) => void reasons.push(reason);
    const own = mapFields((field) => this.readField(row, field, refuse));
    const translated = preset === undefined ? own : preset.toProduct(own, row as Row, this.rules.decimalMark);
    const full = mapFields((field) => translated[field] || (this.rules.mapping.constants[field] ?? ''));
    const plain = withPlainNumbers(full, this.rules.decimalMark, refuse);
    if (reasons.length > 0) return { reasons };
    const { record, warnings } = withWarnings(plain);
    const result = toDraft(record);
    return 'draft' in result ? { ...result, warnings } : result;
  }

  /** Undefined for a row that is no product for sale. */
  private withInherited(row: Row, { isProduct, isOffered, inheritance }: ImportPreset): Row | undefined {
    const parent = inheritance && this.parents.get(inheritance.parentOf(row));
    const isForSale = isOffered(row) && parent?.isOffered !== false;
    if (inheritance !== undefined) this.remember(row, isForSale, inheritance);
    if (!isForSale || !isProduct(row)) return undefined;
    return parent === undefined ? row : { ...row, ...inheritedBy(row, parent.values) };
  }

  private remember(row: Row, isForSale: boolean, { keysOf, columns }: Inheritance): void {
    for (const key of keysOf(row))
      if (key !== '') this.parents.set(key, { values: pick(row, columns), isOffered: isForSale });
  }

  private readField(cells: Cells, field: ImportField, refuse: (reason: string) => void): string {
    for (const column of this.columns[field]) {
      const value = valueAt(cells, column);
      if (value !== undefined) this.missingColumns.delete(column);
      const text = toText(value, this.rules.decimalMark);
      if (text === undefined) refuse(`${field} must be a text or a number`);
      else if (text === INEXACT) refuse(`${field} is a number too large to be exact; write it as a text`);
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

/** The member of that name, or at that path: `variants.0.price`. */
function valueAt(cells: Cells, column: string): unknown {
  if (Object.hasOwn(cells, column)) return cells[column];
  return column.split('.').reduce<unknown>((value, name) => {
    const isContainer = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isContainer ? (value as Cells)[name] : undefined;
  }, cells);
}

/** Undefined for arrays and objects. A number of JSON gets the decimal mark of the file, which is then read with the others. */
function toText(value: unknown, decimalMark: DecimalMark): string | typeof INEXACT | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return INEXACT;
  return decimalMark === 'point' ? String(value) : String(value).replace('.', ',');
}

/** Leaves other texts as they are: their fields read plain numbers, such as 12.50, and refuse the rest. */
function withPlainNumbers(
  record: ProductRecord,
  decimalMark: DecimalMark,
  refuse: (reason: string) => void,
): ProductRecord {
  const price = readAmount(record.price, decimalMark);
  return {
    ...record,
    price: price?.digits ?? record.price,
    currency: currencyOf(record, price?.currency, refuse),
    stock: readNumber(record.stock, decimalMark) ?? record.stock,
    latitude: readDegrees(record.latitude) ?? record.latitude,
    longitude: readDegrees(record.longitude) ?? record.longitude,
  };
}

/** `ofPrice` is that of the sign or code beside the price, and null if the sign is that of several. */
function currencyOf(
  record: ProductRecord,
  ofPrice: string | null | undefined,
  refuse: (reason: string) => void,
): string {
  const given = readCurrency(record.currency) ?? record.currency;
  if (given === '') {
    if (ofPrice === null)
      refuse(
        `the sign in "${record.price}" is that of several currencies; say which with --set currency=… or a column`,
      );
    return ofPrice ?? '';
  }
  if (typeof ofPrice === 'string' && ofPrice !== given) refuse(`price is in ${ofPrice}, but currency is ${given}`);
  return given;
}

/** A spreadsheet has taken the text for a number, or has nothing to show for it. */
const DAMAGED_ID = /^(?:[+-]?\d+(?:[.,]\d+)?e[+-]?\d+|#[a-z/0]+[!?]?|#+)$/i;

function withWarnings(record: ProductRecord): { record: ProductRecord; warnings: string[] } {
  const warnings: string[] = [];
  if (DAMAGED_ID.test(record.id)) warnings.push(`the id "${record.id}" looks like one that a spreadsheet has damaged`);
  const characters = [...record.description.replace(/\s+/g, ' ').trim()];
  if (characters.length <= MAX_DESCRIPTION_LENGTH) return { record, warnings };
  warnings.push(`the description has ${characters.length} characters and was cut to ${MAX_DESCRIPTION_LENGTH}`);
  return {
    record: { ...record, description: `${characters.slice(0, MAX_DESCRIPTION_LENGTH - 1).join('')}…` },
    warnings,
  };
}

/** What the row lacks and its parent has. */
function inheritedBy(row: Row, parent: Row): Row {
  return Object.fromEntries(Object.entries(parent).filter(([column, value]) => value !== '' && !row[column]?.trim()));
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? '']));
}
