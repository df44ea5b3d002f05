import { wordsOf } from './search-terms';

export const MAX_CATEGORY_LENGTH = 64;

/** `Fruits & Vegetables` → `fruits-vegetables`, in NFC; empty if the name contains no letter or digit. */
export function toCategorySlug(name: string): string {
  return wordsOf(name).join('-').normalize('NFC');
}

/** Folds a slug of an older build again and truncates it to the maximum length, which `œ` → `oe` may exceed. */
export function refoldCategorySlug(slug: string): string {
  const characters = [...toCategorySlug(slug)];
  while (characters.join('').length > MAX_CATEGORY_LENGTH) characters.pop();
  return toCategorySlug(characters.join(''));
}

export function isCategorySlug(text: string): boolean {
  return text.length > 0 && text.length <= MAX_CATEGORY_LENGTH && toCategorySlug(text) === text;
}
