/** Converts products of the partner to changes of the catalogue. */
import { isPartnerProduct, type ProductsPage } from '@integrations/partner';
import type { ProductChange } from './product-change';
import { readProductData } from './product-data';
import { isExternalId } from '../product-draft';

export interface RejectedProduct {
  readonly externalId: string;
  readonly reasons: readonly string[];
}

export interface PartnerChanges {
  readonly changes: readonly ProductChange[];
  readonly rejected: readonly RejectedProduct[];
}

/** `[{ id: 'q', version: 3, deleted: true }, { id: 'r' }]` → a change that removes `q`, and a rejected product `r`. */
export function toProductChanges(products: ProductsPage['data']): PartnerChanges {
  const changes: ProductChange[] = [];
  const rejected: RejectedProduct[] = [];
  for (const product of products) {
    const read = toChange(product);
    if ('reasons' in read) rejected.push({ externalId: String(product['id']), reasons: read.reasons });
    else changes.push(read);
  }
  return { changes, rejected };
}

function toChange(product: ProductsPage['data'][number]): ProductChange | { readonly reasons: readonly string[] } {
  if (!isPartnerProduct(product)) return { reasons: ['its id or version is missing or invalid'] };
  const { id: externalId, version, deleted, ...fields } = product;
  if (!isExternalId(externalId))
    return { reasons: ['its id is too long, or contains control characters or surrounding or repeated spaces'] };
  const data = deleted === true ? undefined : readProductData(externalId, fields);
  return data !== undefined && 'reasons' in data ? data : { externalId, version, data };
}
