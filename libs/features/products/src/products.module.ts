import { Module } from '@nestjs/common';
import { Catalogue, CatalogueModule } from '@catalogue';
import { CursorKeyRepository } from './list/cursor-key.repository';
import { ProducerPositionsReader } from './read/producer-positions.reader';
import { ExplainService } from './api/explain.service';
import { IndexSegmentReader } from './read/index-segment.reader';
import { MatchesReader } from './read/matches.reader';
import { NearestFirstReader } from './read/nearest-first.reader';
import { PlannerStatisticsService } from './plan/planner-statistics.service';
import { ProductListReader } from './list/product-list.reader';
import { ReadMetrics } from './read/read-metrics.service';
import { SegmentReader } from './read/segment.reader';
import { ProductReader } from './read/product.reader';
import { ProductsController } from './api/products.controller';
import { ProductsService } from './api/products.service';
import { IndexCacheReader } from './read/index-cache.reader';
import { SearchIndexRepository } from './read/search-index.repository';

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
