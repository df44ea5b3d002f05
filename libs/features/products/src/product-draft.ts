/** A product as it comes from outside, checked and normalised, before the database gives it an id. */
import { toSearchText } from './search-terms';

/** In major units. */
export const MAX_PRICE = 10_000_000;

/** Pieces, or whatever the unit is. */
export const MAX_STOCK = 999_999_999;

/** In characters. */
export const MAX_EXTERNAL_ID_LENGTH = 128;

/** A text as the catalogue keeps it; another would be taken for that one, or would not. */
const EXTERNAL_ID = /^[^\s\p{Cc}\p{Cs}]+( [^\s\p{Cc}\p{Cs}]+)*$/u;

export function isExternalId(text: string): boolean {
  return EXTERNAL_ID.test(text) && [...text].length <= MAX_EXTERNAL_ID_LENGTH;
}

export interface ProducerDraft {
  readonly name: string;
  /** Empty where it is not known. */
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
  /** When the source created it; the time of the import where it does not say. */
  readonly createdAtMs?: number;
}

/** In characters. name_text is indexed, and InnoDB's keys end at 3,072 bytes; a TEXT column ends at 65,535. */
const MAX_NAME_TEXT_LENGTH = 600;
const MAX_SEARCH_TEXT_LENGTH = 8_000;

/** What is stored of a product's texts besides themselves. Few characters unfold into so many that the end is cut. */
export function searchColumnsOf({ name, description }: Pick<ProductDraft, 'name' | 'description'>) {
  return {
    nameText: cut(toSearchText(name), MAX_NAME_TEXT_LENGTH),
    searchText: cut(toSearchText(name, description), MAX_SEARCH_TEXT_LENGTH),
  };
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : [...text].slice(0, maxLength).join('');
}
