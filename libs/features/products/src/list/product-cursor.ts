/**
 * A cursor is a seek position in a sorted, filtered list (keyset pagination): version, side, keys and a hash of
 * filters, sort and order, signed. It holds keys and no row, so it remains valid if its product is deleted. It is
 * rejected if a byte has changed or if it is used with another query, because the page would silently skip products. It
 * is short, because headers and URLs contain it.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ListErrors } from '../query/list.errors';
import type { SeekPosition, ProductListing, SortKeys } from '../query/product-listing';

const VERSION = 2;
const SIGNATURE_BYTES = 16;

const SIDES = ['before', 'after'] as const satisfies readonly SeekPosition['side'][];

type Payload = readonly [version: number, side: number, listHash: string, ...keys: SortKeys];

export function encodeCursor(key: string, listing: ProductListing, { side, keys }: SeekPosition): string {
  const payload: Payload = [VERSION, SIDES.indexOf(side), listHashOf(listing), ...keys];
  const bytes = deflateRawSync(JSON.stringify(payload), { level: constants.Z_BEST_SPEED });
  return Buffer.concat([sign(key, bytes), bytes]).toString('base64url');
}

/** Throws INVALID_CURSOR. */
export function decodeCursor(key: string, listing: ProductListing, cursor: string): SeekPosition {
  const bytes = Buffer.from(cursor, 'base64url');
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  const signed = bytes.subarray(SIGNATURE_BYTES);
  // Base64url decoding ignores stray characters and unused bits; a cursor is accepted only as it was issued.
  const isAuthentic =
    bytes.toString('base64url') === cursor &&
    signature.length === SIGNATURE_BYTES &&
    timingSafeEqual(signature, sign(key, signed));
  if (!isAuthentic) throw ListErrors.INVALID_CURSOR.create();
  const [version, side, listHash, ...keys] = readPayload(signed);
  if (version !== VERSION || listHash !== listHashOf(listing)) throw ListErrors.INVALID_CURSOR.create();
  return { side: SIDES[side]!, keys };
}

/** Reads bytes with a valid signature; those of version 1 were not compressed. */
function readPayload(signed: Buffer): Payload {
  const isCompressed = signed[0] !== '['.charCodeAt(0);
  return JSON.parse((isCompressed ? inflateRawSync(signed) : signed).toString()) as Payload;
}

function sign(key: string, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, SIGNATURE_BYTES);
}

/** Hash of everything that determines the products of the list and their order. */
function listHashOf({ filter, sort, order }: ProductListing): string {
  return createHash('sha256')
    .update(JSON.stringify([filter, sort, order]))
    .digest('base64url')
    .slice(0, 11);
}
