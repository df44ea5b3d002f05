/** A product as its source sends it, in JSON, becomes a draft by the rules of an import, or a list of reasons why it cannot. */
import { readPieces, toDraft, type ProductRecord } from '../import/product-record';
import type { ProductDraft } from '../product-draft';

export interface ProductData {
  readonly draft: ProductDraft;
  /** Whether it says how many there are, or leaves that to others. */
  readonly saysStock: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** `producer` is its name, or an object with name, place, latitude and longitude. Fields that are not known say nothing. */
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
  if (nested !== undefined) return { reasons: [`${nested[0]} must be a text or a number`] };
  const texts = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
  const result = toDraft(Object.fromEntries(texts) as ProductRecord);
  return 'reasons' in result ? result : { ...result, saysStock: toText(fields.stock).trim() !== '' };
}

function toText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** As a product has it, for what brings the stock alone. Undefined for what is no number of pieces. */
export function readStock(value: unknown): number | undefined {
  return typeof value === 'boolean' ? undefined : readPieces(toText(value).trim());
}
