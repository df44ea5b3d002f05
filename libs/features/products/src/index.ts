export { ExplainService, type ExplainedPath, type ExplainedSegment } from './api/explain.service';
export { CatalogueValidity } from './freshness/catalogue-validity.service';
export { FreshnessModule } from './freshness/freshness.module';
export { ProductsModule } from './products.module';
export { ListErrors } from './query/list.errors';
