/** Maps columns of a file to fields of a product, with constants for fields that the file lacks. */
import { importFields, isImportField, type ImportField } from '@catalogue';

export interface ColumnMapping {
  /** Field → column. */
  readonly columns: Readonly<Partial<Record<ImportField, string>>>;
  /** Field → value, if the file has no column for it or an empty value. */
  readonly constants: Readonly<Partial<Record<ImportField, string>>>;
}

/** Field → known columns of an export; the first one that has a value is used. */
export type KnownColumns = Readonly<Partial<Record<ImportField, readonly string[]>>>;

/** Field → columns of the file; the first one that has a value is used. */
export type FieldColumns = Readonly<Record<ImportField, readonly string[]>>;

/** An error in the options or the file of the operator; the message states the correction. */
export class ImportUsageError extends Error {}

const allFields = Object.keys(importFields) as ImportField[];

/**
 * Parses repeated options: `['name=product,price=sale price', 'producer=Patil, Sons & Co']` → `{ name: 'product',
 * price: 'sale price', producer: 'Patil, Sons & Co' }`. A comma separates assignments only before `field=`.
 * Throws ImportUsageError.
 */
export function parseAssignments(texts: readonly string[], option: string): Partial<Record<ImportField, string>> {
  const assigned: Partial<Record<ImportField, string>> = {};
  for (const pair of texts.flatMap((text) => text.split(/,(?=\s*\w+\s*=)/))) {
    const at = pair.indexOf('=');
    const field = pair.slice(0, at).trim();
    if (at === -1) throw new ImportUsageError(`${option}: "${pair}" must have the form field=value`);
    if (!isImportField(field))
      throw new ImportUsageError(`${option}: unknown field "${field}"; use one of ${allFields.join(', ')}`);
    if (assigned[field] !== undefined) throw new ImportUsageError(`${option}: ${field} is given twice`);
    assigned[field] = pair.slice(at + 1).trim();
  }
  return assigned;
}

/** Returns the columns of a file without a header: an unmapped column has the name of its field. */
export function columnsWithoutHeader({ columns }: ColumnMapping): FieldColumns {
  return Object.fromEntries(allFields.map((field) => [field, [columns[field] ?? field]])) as unknown as FieldColumns;
}

/**
 * Returns the columns of each field: the mapped one, else the known ones of the export, else the one with the field's
 * name. `['Index', 'product', 'price', …]` with `id` and `name` mapped →
 * `{ id: ['Index'], name: ['product'], price: ['price'], … }`. Names are case-insensitive. Throws ImportUsageError,
 * once for all lines, if a required column is missing or ambiguous.
 */
export function columnsOfHeader(
  { columns, constants }: ColumnMapping,
  known: KnownColumns | undefined,
  header: readonly string[],
): FieldColumns {
  const available = `; it has ${header.filter(Boolean).join(', ')}`;
  const missing = Object.values(columns).filter((column) => columnsNamed(column, header).length === 0);
  if (missing.length > 0) throw new ImportUsageError(`the file has no column ${missing.join(', ')}${available}`);
  const columnsByField = allFields.map((field) => {
    const ofExport = known === undefined ? [field] : (known[field] ?? []);
    const names = columns[field] === undefined ? ofExport : [columns[field]];
    return [field, names.flatMap((name) => uniqueColumnNamed(name, header, field))] as const;
  });
  const missingFields = columnsByField.flatMap(([field, names]) =>
    names.length === 0 && isRequired(field, constants) ? [field] : [],
  );
  if (missingFields.length > 0)
    throw new ImportUsageError(
      `the file has no column for ${missingFields.join(', ')}${available}. Map a column with --columns ${missingFields[0]}=… or set a value with --set ${missingFields[0]}=…`,
    );
  return Object.fromEntries(columnsByField) as unknown as FieldColumns;
}

function isRequired(field: ImportField, constants: ColumnMapping['constants']): boolean {
  return importFields[field] === undefined && constants[field] === undefined;
}

/** Returns the matching column, or none. Throws ImportUsageError if several match. */
function uniqueColumnNamed(name: string, header: readonly string[], field: ImportField): string[] {
  const matches = columnsNamed(name, header);
  if (matches.length < 2) return matches;
  const distinct = [...new Set(matches)];
  throw new ImportUsageError(
    distinct.length === 1
      ? `the file has the column ${distinct[0]} more than once`
      : `the columns ${distinct.join(' and ')} match ${field}; choose one with --columns ${field}=…`,
  );
}

function columnsNamed(name: string, header: readonly string[]): string[] {
  const exact = header.filter((column) => column === name);
  return exact.length > 0 ? exact : header.filter((column) => comparable(column) === comparable(name));
}

function comparable(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}
