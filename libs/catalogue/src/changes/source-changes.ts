/** Converts products in the JSON of a source, such as the partner, to changes of the catalogue. */
import { isExternalId } from '../product-draft';
import type { ProductChange } from './product-change';
import { readProductData } from './product-data';

/** A product with `id`, `version` and, if it was removed, `deleted`; unvalidated. */
export type SourceProduct = Readonly<Record<string, unknown>>;

export interface RejectedProduct {
  readonly externalId: string;
  readonly reasons: readonly string[];
}

export interface SourceChanges {
  readonly changes: readonly ProductChange[];
  readonly rejected: readonly RejectedProduct[];
}

/** `[{ id: 'q', version: 3, deleted: true }, { id: 'r' }]` → a change that removes `q`, and a rejected product `r`. */
export function toProductChanges(products: readonly SourceProduct[]): SourceChanges {
  const changes: ProductChange[] = [];
  const rejected: RejectedProduct[] = [];
  for (const product of products) {
    const read = toChange(product);
    if ('reasons' in read) rejected.push({ externalId: String(product['id']), reasons: read.reasons });
    else changes.push(read);
  }
  return { changes, rejected };
}

function toChange(product: SourceProduct): ProductChange | { readonly reasons: readonly string[] } {
  const { id: externalId, version, deleted = false, ...fields } = product;
  if (typeof externalId !== 'string' || externalId === '' || !isVersion(version) || !isFlag(deleted))
    return { reasons: ['its id or version is missing or invalid'] };
  if (!isExternalId(externalId))
    return { reasons: ['its id is too long, or contains control characters or surrounding or repeated spaces'] };
  if (deleted === true) return { kind: 'remove', externalId, version };
  const data = readProductData(externalId, fields);
  return 'reasons' in data ? data : { kind: 'put', externalId, version, data };
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isFlag(value: unknown): value is boolean | null {
  return typeof value === 'boolean' || value === null;
}
