/**
 * Converts a product in the JSON of its source to a draft, by the rules of the file import, or to reasons for its
 * rejection.
 */
import type { ProductDraft } from '../product-draft';
import { readPieces, toDraft, type ProductRecord } from '../product-record';

export interface ProductData {
  readonly draft: ProductDraft;
  /** Whether the data contains a stock. */
  readonly hasStock: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * `{ name: 'Quince', category: 'Fruits', price: 40.5, producer: 'Orchard' }` → a draft with `priceMinor: 4050`.
 * `producer` is a name, or an object with name, place, latitude and longitude. Unknown members are ignored.
 */
export function readProductData(externalId: string, data: Json): ProductData | { readonly reasons: readonly string[] } {
  const producer =
    typeof data['producer'] === 'object' ? ((data['producer'] ?? {}) as Json) : { name: data['producer'] };
  const fields: Record<keyof ProductRecord, unknown> = {
    id: externalId,
    name: data['name'],
    description: data['description'],
    category: data['category'],
    price: data['price'],
    currency: data['currency'],
    unit: data['unit'],
    stock: data['stock'],
    producer: producer['name'],
    place: producer['place'],
    latitude: producer['latitude'],
    longitude: producer['longitude'],
    createdAt: data['createdAt'],
  };
  const nested = Object.entries(fields).find(([, value]) => typeof value === 'object' && value !== null);
  if (nested !== undefined) return { reasons: [`${nested[0]} must be a string or a number`] };
  const texts = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
  const result = toDraft(Object.fromEntries(texts) as ProductRecord);
  return 'reasons' in result ? result : { ...result, hasStock: toText(fields.stock).trim() !== '' };
}

function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Reads the stock of a stock-only change, by the same rules. Returns undefined if it is not a valid stock. */
export function readStock(value: unknown): number | undefined {
  return typeof value === 'boolean' ? undefined : readPieces(toText(value).trim());
}
