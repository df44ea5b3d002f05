/** A validated and normalised product from an external source, before the database assigns its id. */
import { toSearchText } from './search-terms';

/** Maximum price, in major units. */
export const MAX_PRICE = 10_000_000;

/** Maximum stock, in the unit of the product. */
export const MAX_STOCK = 999_999_999;

/** Maximum length of an external id, in characters. */
export const MAX_EXTERNAL_ID_LENGTH = 128;

/** Matches ids that are stored unchanged: without control characters, and with spaces only single and inside. */
const EXTERNAL_ID = /^[^\s\p{Cc}\p{Cs}]+( [^\s\p{Cc}\p{Cs}]+)*$/u;

export function isExternalId(text: string): boolean {
  return EXTERNAL_ID.test(text) && [...text].length <= MAX_EXTERNAL_ID_LENGTH;
}

export interface ProducerDraft {
  readonly name: string;
  /** Empty if unknown. */
  readonly place: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface ProductDraft {
  readonly externalId: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly producer: ProducerDraft;
  /** Creation time at the source, in ms since 1970; the time of the import if undefined. */
  readonly createdAtMs?: number;
}

/** Maximum lengths in characters. name_text is indexed: InnoDB limits keys to 3,072 bytes, a TEXT column to 65,535. */
const MAX_NAME_TEXT_LENGTH = 600;
const MAX_SEARCH_TEXT_LENGTH = 8_000;

/** Returns the folded text columns of a product. A text is truncated only if folding expands it beyond the maximum. */
export function searchColumnsOf({ name, description }: Pick<ProductDraft, 'name' | 'description'>) {
  return {
    nameText: cut(toSearchText(name), MAX_NAME_TEXT_LENGTH),
    searchText: cut(toSearchText(name, description), MAX_SEARCH_TEXT_LENGTH),
  };
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : [...text].slice(0, maxLength).join('');
}
