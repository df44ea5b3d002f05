import { Catalogue, CatalogueModule } from '@catalogue';
import { Module } from '@nestjs/common';
import { ExplainService } from './api/explain.service';
import { ProductsController } from './api/products.controller';
import { ProductsService } from './api/products.service';
import { CursorKeyRepository } from './list/cursor-key.repository';
import { ProductListReader } from './list/product-list.reader';
import { ProductReader } from './list/product.reader';
import { PlannerStatisticsService } from './plan/planner-statistics.service';
import { IndexCacheReader } from './read/index-cache.reader';
import { IndexSegmentReader } from './read/index-segment.reader';
import { MatchesReader } from './read/matches.reader';
import { NearestFirstReader } from './read/nearest-first.reader';
import { ProducerPositionsReader } from './read/producer-positions.reader';
import { ReadMetrics } from './read/read-metrics.service';
import { SearchIndexRepository } from './read/search-index.repository';
import { SegmentReader } from './read/segment.reader';

/** The read API: lists of products, single products and categories. */
@Module({
  imports: [CatalogueModule],
  controllers: [ProductsController],
  providers: [
    ProductsService,
    ProductListReader,
    ProductReader,
    CursorKeyRepository,
    PlannerStatisticsService,
    ExplainService,
    SegmentReader,
    IndexSegmentReader,
    MatchesReader,
    NearestFirstReader,
    SearchIndexRepository,
    IndexCacheReader,
    ProducerPositionsReader,
    ReadMetrics,
  ],
  exports: [ExplainService, PlannerStatisticsService],
})
export class ProductsModule {
  constructor(catalogue: Catalogue, statistics: PlannerStatisticsService) {
    catalogue.onPrepared(() => statistics.refresh());
  }
}
