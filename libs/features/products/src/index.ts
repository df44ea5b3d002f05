export { ListErrors } from './list/list.errors';
export { ExplainService, type ExplainedPath, type ExplainedSegment } from './plan/explain.service';
export { ProductsModule } from './products.module';
