/** Parts of the read API that tests use directly. */
export { ListProductsQuery, toListing } from './api/list-products.query';
export { ProductListReader } from './list/product-list.reader';
export type { ProductListing, ProductRow, SortKeys } from './query/product-listing';
export { toPage } from './list/product-page';
export { ProductsService } from './api/products.service';
export { segmentsOf, type Segment } from './query/segment';
export { ENGINE_COSTS } from './plan/engine-costs';
export { PlannerStatisticsService } from './plan/planner-statistics.service';
export { planSegment } from './plan/query-plan';
export { IndexSegmentReader } from './read/index-segment.reader';
export { SegmentReader } from './read/segment.reader';
