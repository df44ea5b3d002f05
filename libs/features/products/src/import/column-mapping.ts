/** Which column of a file holds which field of a product, and what a field is where the file has nothing. */
import { importFields, isImportField, type ImportField, type ProductRecord } from './product-record';

export interface ColumnMapping {
  /** Field → column; a field that is not listed is read from the column of its own name. */
  readonly columns: Readonly<Partial<Record<ImportField, string>>>;
  /** Field → value where the file has no column or an empty cell. */
  readonly constants: Readonly<Partial<Record<ImportField, string>>>;
}

/** A wish of the operator that cannot be carried out; the message says what would be right. */
export class ImportUsageError extends Error {}

/** `name=product,price=sale_price` → `{ name: 'product', price: 'sale_price' }`. Throws ImportUsageError. */
export function parseAssignments(text: string, option: string): Partial<Record<ImportField, string>> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    const field = pair.slice(0, at).trim();
    if (at === -1) throw new ImportUsageError(`${option}: "${pair}" must have the form field=value`);
    if (!isImportField(field)) {
      throw new ImportUsageError(
        `${option}: there is no field "${field}"; known are ${Object.keys(importFields).join(', ')}`,
      );
    }
    return [field, pair.slice(at + 1).trim()] as const;
  });
  return Object.fromEntries(pairs);
}

/** Throws ImportUsageError where the file cannot give what is needed, so that it is said once and not for every line. */
export function assertColumnsSuffice({ columns, constants }: ColumnMapping, header: readonly string[]): void {
  const has = `; it has ${header.filter(Boolean).join(', ')}`;
  const repeated = header.filter((column, index) => column !== '' && header.indexOf(column) !== index);
  if (repeated.length > 0) throw new ImportUsageError(`the file has the column ${repeated.join(', ')} more than once`);
  const missing = Object.values(columns).filter((column) => !header.includes(column));
  if (missing.length > 0) throw new ImportUsageError(`the file has no column ${missing.join(', ')}${has}`);
  const needed = allFields.filter((field) => importFields[field] === undefined && constants[field] === undefined);
  const without = needed.filter((field) => !header.includes(columns[field] ?? field));
  if (without.length === 0) return;
  throw new ImportUsageError(
    `the file has no column for ${without.join(', ')}${has}. Name one with --columns ${without[0]}=… or a value with --set ${without[0]}=…`,
  );
}

const allFields = Object.keys(importFields) as ImportField[];

export function applyMapping(
  { columns, constants }: ColumnMapping,
  cells: Readonly<Record<string, string>>,
): ProductRecord {
  const cellOf = (field: ImportField) => cells[columns[field] ?? field]?.trim() ?? '';
  const entries = allFields.map((field) => [field, cellOf(field) || (constants[field] ?? '')]);
  return Object.fromEntries(entries) as ProductRecord;
}
