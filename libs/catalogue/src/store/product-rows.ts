/** Rows of the table of products, and how a draft changes a stored product. */
import type { IndexedProperties } from '../index-writer/index-keys';
import { areIndexedAlike, indexedPropertiesOf } from '../index-writer/indexed-properties';
import type { ProductChanged } from '../change-log/catalogue-change';
import { searchColumnsOf, type ProductDraft } from '../product-draft';
import type { Product } from '../product.entity';

export type ProductOutcome = 'created' | 'updated' | 'unchanged';

export type ProductValues = Omit<Product, 'id'>;
type Content = Pick<ProductValues, (typeof CONTENT)[number]>;

/** A stored product, as far as changes depend on it. */
export type StoredProduct = Content & Omit<IndexedProperties, 'inStock'> & Pick<Product, 'id'>;

/** Values that a draft sets; a product is unchanged if all of them are equal. */
const CONTENT = [
  'externalId',
  'name',
  'description',
  'category',
  'priceMinor',
  'currency',
  'unit',
  'stock',
  'producerId',
] as const;

/** Further stored values, from which the search index entries were built. */
const INDEXED = ['id', 'createdAtMs', 'nameText', 'searchText'] as const;

export const STORED_VALUES = Object.fromEntries([...CONTENT, ...INDEXED].map((name) => [name, true]));

const COLUMNS: readonly (readonly [column: string, value: keyof ProductValues])[] = [
  ['external_id', 'externalId'],
  ['name', 'name'],
  ['description', 'description'],
  ['category', 'category'],
  ['price_minor', 'priceMinor'],
  ['currency', 'currency'],
  ['unit', 'unit'],
  ['stock', 'stock'],
  ['producer_id', 'producerId'],
  ['created_at_ms', 'createdAtMs'],
  ['updated_at_ms', 'updatedAtMs'],
  ['name_text', 'nameText'],
  ['search_text', 'searchText'],
];

export const columns = COLUMNS.map(([column]) => column);

/** An update keeps the external id and the creation time. */
export const updatedColumns = columns.filter((column) => column !== 'external_id' && column !== 'created_at_ms');

/** Returns the values of `columns`. */
export function toRow(product: ProductValues): (string | number)[] {
  return COLUMNS.map(([, value]) => product[value]);
}

/** A new product is created and updated at the time that the source states, an existing one is updated at `nowMs`. */
export function toValues(
  { producer: _, createdAtMs, ...content }: ProductDraft,
  producerId: number,
  stored: Content | undefined,
  nowMs: number,
): ProductValues {
  const createdMs = createdAtMs ?? nowMs;
  const updatedAtMs = stored === undefined ? createdMs : nowMs;
  return { ...content, ...searchColumnsOf(content), producerId, createdAtMs: createdMs, updatedAtMs };
}

export function outcomeOf(product: Content, stored: Content | undefined): ProductOutcome {
  if (stored === undefined) return 'created';
  return CONTENT.every((name) => String(product[name]) === String(stored[name])) ? 'unchanged' : 'updated';
}

/** A change with its values in the index, which the change log omits if they are equal. */
export type WrittenChange = Pick<ProductChanged, 'kind' | 'id' | 'externalId'> & {
  readonly before?: IndexedProperties;
  readonly after?: IndexedProperties;
};

/** Returns the change of a product with this id; an existing product keeps its creation time. */
export function toChange(id: number, product: ProductValues, stored: StoredProduct | undefined): WrittenChange {
  const { externalId } = product;
  if (stored === undefined) return { kind: 'created', id, externalId, after: indexedPropertiesOf(product) };
  const after = indexedPropertiesOf({ ...product, createdAtMs: stored.createdAtMs });
  return { kind: 'updated', id, externalId, before: indexedPropertiesOf(stored), after };
}

export function toStockChange(stored: StoredProduct, stock: number): WrittenChange {
  const before = indexedPropertiesOf(stored);
  const after = { ...before, inStock: stock > 0 };
  return { kind: 'updated', id: stored.id, externalId: stored.externalId, before, after };
}

export function toRemoval(stored: StoredProduct): WrittenChange {
  return { kind: 'deleted', id: stored.id, externalId: stored.externalId, before: indexedPropertiesOf(stored) };
}

/** Omits the values that no filter and no sort distinguishes. */
export function toLogged({ kind, id, externalId, before, after }: WrittenChange): ProductChanged {
  const isIndexed = before === undefined || after === undefined || !areIndexedAlike(before, after);
  return isIndexed ? { kind, id, externalId, before, after } : { kind, id, externalId };
}
