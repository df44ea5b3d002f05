/** Encoding of a change in the table of the change log. */
import type { IndexedProperties } from '../index-writer/index-keys';
import type { CatalogueChange, ProductChanged } from './catalogue-change';

export const CHANGE_COLUMNS = [
  'kind',
  'product_id',
  'external_id',
  'producer_id',
  'before_values',
  'after_values',
] as const;

/** As the columns are read. */
export interface ChangeRow {
  readonly kind: CatalogueChange['kind'];
  readonly productId: number | null;
  readonly externalId: string | null;
  readonly producerId: number | null;
  readonly beforeValues: string | null;
  readonly afterValues: string | null;
}

/** Returns the values of `CHANGE_COLUMNS`. */
export function toRow(change: CatalogueChange): (string | number | null)[] {
  switch (change.kind) {
    case 'everything':
      return [change.kind, null, null, null, null, null];
    case 'producer-moved':
      return [change.kind, null, null, change.producerId, null, null];
    case 'created':
    case 'updated':
    case 'deleted':
      return [change.kind, change.id, change.externalId, null, ...valuesOf(change)];
  }
}

/** The inverse of `toRow`. */
export function toChange(row: ChangeRow): CatalogueChange {
  if (row.kind === 'everything') return { kind: row.kind };
  if (row.kind === 'producer-moved') return { kind: row.kind, producerId: row.producerId! };
  const after = parse(row.afterValues);
  const before = row.beforeValues === null ? undefined : { ...after, ...parse(row.beforeValues)! };
  return { kind: row.kind, id: row.productId!, externalId: row.externalId!, before, after };
}

/** Of a product before its update only the values that differ, because most texts are long and stay equal. */
function valuesOf({ before, after }: ProductChanged): [before: string | null, after: string | null] {
  const differing = before && (after === undefined ? before : differenceOf(before, after));
  return [
    differing === undefined ? null : JSON.stringify(differing),
    after === undefined ? null : JSON.stringify(after),
  ];
}

function differenceOf(before: IndexedProperties, after: IndexedProperties): Partial<IndexedProperties> {
  const names = Object.keys(before) as (keyof IndexedProperties)[];
  return Object.fromEntries(names.filter((name) => before[name] !== after[name]).map((name) => [name, before[name]]));
}

function parse(values: string | null): IndexedProperties | undefined {
  return values === null ? undefined : (JSON.parse(values) as IndexedProperties);
}
