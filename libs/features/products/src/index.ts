export { ExplainService, type ExplainedPath, type ExplainedSegment } from './api/explain.service';
export { ProductsModule } from './products.module';
export { ListErrors } from './query/list.errors';
