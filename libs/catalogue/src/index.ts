export { CatalogueErrors } from './catalogue.errors';
export { CatalogueModule } from './catalogue.module';
export { catalogueSchema } from './catalogue.schema';
export { isCategorySlug, toCategorySlug } from './category-slug';
export type { CatalogueChange, ChangeBatch, ProductChanged } from './change-log/catalogue-change';
export { ChangeFollower, type ChangeListener, type ProducerPositionsById } from './change-log/change-follower.service';
export type { ChangeCounts, ProductChange, SourceVersion } from './changes/product-change';
export { ProductChanges, type ChangeGroup } from './changes/product-changes.service';
export { readProductData, readStock } from './changes/product-data';
export { toProductChanges, type RejectedProduct, type SourceChanges } from './changes/source-changes';
export {
  cellSizeFor,
  cellsAround,
  chordSquaredFrom,
  chordSquaredOf,
  distanceKmOf,
  toUnitVector,
  type Circle,
  type Position,
  type UnitVector,
} from './geography';
export { COLUMNS, columnKey, valueIn, type ColumnName } from './index-writer/columns';
export {
  ALL,
  ALL_CATEGORIES,
  IN_STOCK,
  areExact,
  categoryKey,
  categoryOfKey,
  isWordRange,
  wholeKeysOf,
  wordRange,
  type IndexedProperties,
  type KeyRange,
} from './index-writer/index-keys';
export { SORT_KEYS, type ColumnSort } from './index-writer/sort-keys';
export { viewOf, type StoredBytes } from './index-writer/stored-bytes';
export { Catalogue } from './maintenance/catalogue.service';
export { DemoCatalogueService } from './maintenance/demo-catalogue.service';
export { ReindexService } from './maintenance/reindex.service';
export { MAX_EXTERNAL_ID_LENGTH, MAX_PRICE, isExternalId, type ProductDraft } from './product-draft';
export { ProductPath } from './product-path';
export {
  MAX_DESCRIPTION_LENGTH,
  importFields,
  isImportField,
  toDraft,
  type ImportField,
  type ProductRecord,
} from './product-record';
export { containsAllTerms, toSearchTerms } from './search-terms';
export { CatalogueReader, type ReadSession } from './store/catalogue.reader';
export { CatalogueWriter, joinTransaction } from './store/catalogue.writer';
export { PRODUCERS_PER_BLOCK } from './store/producer.repository';
export { ProductWriteRepository, type BatchOutcome } from './store/product-write.repository';
export { ProductRepository, type StoredStock } from './store/product.repository';
export { SearchIndexStateRepository } from './store/search-index-state.repository';
