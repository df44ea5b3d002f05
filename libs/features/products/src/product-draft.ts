/** A product as it comes from outside, checked and normalised, before the database gives it an id. */
import { toSearchText } from './search-terms';

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

/** name_text is indexed; InnoDB's keys end at 3,072 bytes, so a name that folds into more is cut. */
const MAX_NAME_TEXT_LENGTH = 600;

/** What is stored of a product's texts besides themselves. */
export function searchColumnsOf({ name, description }: Pick<ProductDraft, 'name' | 'description'>) {
  return {
    nameText: [...toSearchText(name)].slice(0, MAX_NAME_TEXT_LENGTH).join(''),
    searchText: toSearchText(name, description),
  };
}
