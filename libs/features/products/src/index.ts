export { CatalogueErrors } from './catalogue.errors';
export { DemoCatalogueService } from './demo/demo-catalogue.service';
export { ImportUsageError, parseAssignments } from './import/column-mapping';
export type { ImportFormat } from './import/import-file.reader';
export { ImportService, type ImportSummary } from './import/import.service';
export { ProductRepository } from './product.repository';
export { ProductsModule } from './products.module';
export { productsSchema } from './products.schema';
export { ReindexService } from './search-index/reindex.service';
