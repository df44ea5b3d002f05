/** Which columns of a file hold which field of a product, and what a field is if the file has nothing for it. */
import { importFields, isImportField, type ImportField } from './product-record';

export interface ColumnMapping {
  /** Field → column. */
  readonly columns: Readonly<Partial<Record<ImportField, string>>>;
  /** Field → value, if the file has no column for it or an empty value. */
  readonly constants: Readonly<Partial<Record<ImportField, string>>>;
}

/** Field → columns, of which the first that has a value counts; of an export whose columns are known. */
export type KnownColumns = Readonly<Partial<Record<ImportField, readonly string[]>>>;

/** Field → columns that the file has, of which the first that has a value counts. */
export type FieldColumns = Readonly<Record<ImportField, readonly string[]>>;

/** A request of the operator that cannot be carried out; the message says what would be right. */
export class ImportUsageError extends Error {}

const allFields = Object.keys(importFields) as ImportField[];

/**
 * Reads repeated options: `['name=product,price=sale price', 'producer=Patil, Sons & Co']` → `{ name: 'product',
 * price: 'sale price', producer: 'Patil, Sons & Co' }`. A comma separates assignments only in front of `field=`.
 * Throws ImportUsageError.
 */
export function parseAssignments(texts: readonly string[], option: string): Partial<Record<ImportField, string>> {
  const assigned: Partial<Record<ImportField, string>> = {};
  for (const pair of texts.flatMap((text) => text.split(/,(?=\s*\w+\s*=)/))) {
    const at = pair.indexOf('=');
    const field = pair.slice(0, at).trim();
    if (at === -1) throw new ImportUsageError(`${option}: "${pair}" must have the form field=value`);
    if (!isImportField(field))
      throw new ImportUsageError(`${option}: there is no field "${field}"; known are ${allFields.join(', ')}`);
    if (assigned[field] !== undefined) throw new ImportUsageError(`${option}: ${field} is given twice`);
    assigned[field] = pair.slice(at + 1).trim();
  }
  return assigned;
}

/** In a file without a header: what is not mapped has the name of its field. */
export function columnsWithoutHeader({ columns }: ColumnMapping): FieldColumns {
  return Object.fromEntries(allFields.map((field) => [field, [columns[field] ?? field]])) as unknown as FieldColumns;
}

/**
 * The columns of the header that hold the fields: those mapped, else those known, else those named as the fields are.
 * A name in another case counts. Throws ImportUsageError if the header lacks what is needed or has it twice, so that it is
 * said once and not for every line.
 */
export function columnsOfHeader(
  { columns, constants }: ColumnMapping,
  known: KnownColumns | undefined,
  header: readonly string[],
): FieldColumns {
  const has = `; it has ${header.filter(Boolean).join(', ')}`;
  const missing = Object.values(columns).filter((column) => columnsNamed(column, header).length === 0);
  if (missing.length > 0) throw new ImportUsageError(`the file has no column ${missing.join(', ')}${has}`);
  const found = allFields.map((field) => {
    const ofExport = known === undefined ? [field] : (known[field] ?? []);
    const names = columns[field] === undefined ? ofExport : [columns[field]];
    return [field, names.flatMap((name) => uniqueColumnNamed(name, header, field))] as const;
  });
  const without = found.flatMap(([field, names]) => (names.length === 0 && isNeeded(field, constants) ? [field] : []));
  if (without.length > 0)
    throw new ImportUsageError(
      `the file has no column for ${without.join(', ')}${has}. Name one with --columns ${without[0]}=… or a value with --set ${without[0]}=…`,
    );
  return Object.fromEntries(found) as unknown as FieldColumns;
}

function isNeeded(field: ImportField, constants: ColumnMapping['constants']): boolean {
  return importFields[field] === undefined && constants[field] === undefined;
}

/** One column, or none. Throws ImportUsageError if there are several. */
function uniqueColumnNamed(name: string, header: readonly string[], field: ImportField): string[] {
  const found = columnsNamed(name, header);
  if (found.length < 2) return found;
  const distinct = [...new Set(found)];
  throw new ImportUsageError(
    distinct.length === 1
      ? `the file has the column ${distinct[0]} more than once`
      : `the file has ${distinct.join(' and ')} for ${field}; say which with --columns ${field}=…`,
  );
}

function columnsNamed(name: string, header: readonly string[]): string[] {
  const same = header.filter((column) => column === name);
  return same.length > 0 ? same : header.filter((column) => comparable(column) === comparable(name));
}

function comparable(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}
