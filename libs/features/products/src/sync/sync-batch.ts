/** What a page of the partner's means for the catalogue. */
import type { PartnerProduct } from '@integrations/partner';
import type { ProductChange } from '../changes/product-change';
import { readProductData } from '../changes/product-data';

export interface RejectedProduct {
  readonly externalId: string;
  readonly reasons: readonly string[];
}

export interface SyncBatch {
  readonly changes: readonly ProductChange[];
  readonly rejected: readonly RejectedProduct[];
}

export function toSyncBatch(products: readonly PartnerProduct[]): SyncBatch {
  const changes: ProductChange[] = [];
  const rejected: RejectedProduct[] = [];
  for (const { id: externalId, version, deleted, ...fields } of products) {
    const data = deleted === true ? undefined : readProductData(externalId, fields);
    if (data !== undefined && 'reasons' in data) rejected.push({ externalId, reasons: data.reasons });
    else changes.push({ externalId, version, data });
  }
  return { changes, rejected };
}
