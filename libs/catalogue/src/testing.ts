/** Parts of the catalogue that tests use directly. */
export type { ChangeOutcome } from './changes/product-change';
export { keysOf } from './index-writer/index-keys';
export { SortIndexRepository } from './maintenance/sort-index.repository';
export { toSearchText, wordsOf } from './search-terms';
export { recordChange, type CatalogueTransaction } from './store/catalogue.writer';
