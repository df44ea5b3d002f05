import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PartnerModule } from '@integrations/partner';
import { AvailabilityService } from './availability/availability.service';
import { LastKnownStocks } from './availability/last-known-stock.repository';
import { ProductChanges } from './changes/product-changes.service';
import { ProductVersionRepository } from './changes/product-version.repository';
import { CursorKeyRepository } from './cursor-key.repository';
import { DemoCatalogueService } from './demo/demo-catalogue.service';
import { ImportService } from './import/import.service';
import { ProducerRepository } from './producer.repository';
import { ProducerPositionsReader } from './near/producer-positions.reader';
import { ProductWriteRepository } from './product-write.repository';
import { Product } from './product.entity';
import { CatalogueReader } from './catalogue.reader';
import { PlannerStatisticsService } from './planning/planner-statistics.service';
import { ExplainService } from './planning/explain.service';
import { IndexSegmentReader } from './planning/index-segment.reader';
import { SegmentReader } from './planning/segment.reader';
import { NearestFirstReader } from './planning/nearest-first.reader';
import { ReadMetrics } from './planning/read-metrics.service';
import { ProductListReader } from './planning/product-list.reader';
import { IndexCacheReader } from './search-index/index-cache.reader';
import { SearchIndexRepository } from './search-index/search-index.repository';
import { ProductRepository } from './product.repository';
import { ProductsController } from './products.controller';
import { ProductsService } from './products.service';
import { ReindexService } from './search-index/reindex.service';
import { SearchIndexStateRepository } from './search-index/search-index-state.repository';
import { FoldedColumnsRepository } from './search-index/folded-columns.repository';
import { SearchIndexWriteRepository } from './search-index/search-index-write.repository';
import { SortIndexRepository } from './sort-index.repository';
import { SyncMetrics } from './sync/sync-metrics.service';
import { SyncRun } from './sync/sync-run.service';
import { SyncSchedule } from './sync/sync-schedule.service';
import { SyncStateRepository } from './sync/sync-state.repository';
import { SyncService } from './sync/sync.service';

/** The catalogue: read API, file import, partner sync, change events and demo data. */
@Module({
  imports: [TypeOrmModule.forFeature([Product]), PartnerModule],
  controllers: [ProductsController],
  providers: [
    ProductsService,
    ProductRepository,
    CursorKeyRepository,
    ProductWriteRepository,
    ProducerRepository,
    ProductVersionRepository,
    ProductChanges,
    SortIndexRepository,
    FoldedColumnsRepository,
    SearchIndexWriteRepository,
    SearchIndexStateRepository,
    ReindexService,
    IndexCacheReader,
    SearchIndexRepository,
    CatalogueReader,
    PlannerStatisticsService,
    ProducerPositionsReader,
    IndexSegmentReader,
    SegmentReader,
    NearestFirstReader,
    ReadMetrics,
    ProductListReader,
    ExplainService,
    ImportService,
    DemoCatalogueService,
    AvailabilityService,
    LastKnownStocks,
    SyncService,
    SyncSchedule,
    SyncRun,
    SyncStateRepository,
    SyncMetrics,
  ],
  exports: [
    ProductRepository,
    ProductChanges,
    ImportService,
    SyncService,
    SyncSchedule,
    DemoCatalogueService,
    ReindexService,
    ExplainService,
    PlannerStatisticsService,
    SearchIndexStateRepository,
  ],
})
export class ProductsModule {}
