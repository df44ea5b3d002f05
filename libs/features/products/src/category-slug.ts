import { wordsOf } from './search-terms';

export const MAX_CATEGORY_LENGTH = 64;

/** `Fruits & Vegetables` → `fruits-vegetables`, in NFC; empty if the name has no letter or digit. */
export function toCategorySlug(name: string): string {
  return wordsOf(name).join('-').normalize('NFC');
}

export function isCategorySlug(text: string): boolean {
  return text.length > 0 && text.length <= MAX_CATEGORY_LENGTH && toCategorySlug(text) === text;
}
