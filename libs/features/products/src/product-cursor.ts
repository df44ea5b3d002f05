/**
 * A cursor is a place in one sorted, filtered list, as a client carries it: version, sort, order, side, keys and a
 * hash of the filters, signed. It is refused when any byte changed or when it comes with another query, because
 * the page it would give then would silently skip products.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { CatalogueErrors } from './catalogue.errors';
import type { Place, ProductListing, SortKeys } from './product-listing';

const VERSION = 1;
const SIGNATURE_BYTES = 16;

type Payload = readonly [
  version: number,
  sort: string,
  order: string,
  side: Place['side'],
  keys: SortKeys,
  filterHash: string,
];

export function encodeCursor(key: string, listing: ProductListing, { side, keys }: Place): string {
  const payload: Payload = [VERSION, listing.sort, listing.order, side, keys, filterHashOf(listing)];
  const bytes = Buffer.from(JSON.stringify(payload));
  return Buffer.concat([sign(key, bytes), bytes]).toString('base64url');
}

/** Throws INVALID_CURSOR. */
export function decodeCursor(key: string, listing: ProductListing, cursor: string): Place {
  const bytes = Buffer.from(cursor, 'base64url');
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  const signed = bytes.subarray(SIGNATURE_BYTES);
  // Decoding base64url forgives stray characters and loose bits; a cursor is accepted only as it was given out.
  const isOurs =
    bytes.toString('base64url') === cursor &&
    signature.length === SIGNATURE_BYTES &&
    timingSafeEqual(signature, sign(key, signed));
  if (!isOurs) throw CatalogueErrors.INVALID_CURSOR.create();
  const [version, sort, order, side, keys, filterHash] = JSON.parse(signed.toString()) as Payload;
  const fits =
    version === VERSION && sort === listing.sort && order === listing.order && filterHash === filterHashOf(listing);
  if (!fits) throw CatalogueErrors.INVALID_CURSOR.create();
  return { side, keys };
}

function sign(key: string, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, SIGNATURE_BYTES);
}

function filterHashOf({ filter }: ProductListing): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 11);
}
