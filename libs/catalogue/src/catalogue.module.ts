import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChangeAnnouncer } from './change-log/change-announcer.service';
import { ChangeFollower } from './change-log/change-follower.service';
import { ChangeLogMetrics } from './change-log/change-log-metrics.service';
import { ChangeLogRetention } from './change-log/change-log-retention.service';
import { ChangeLogReader } from './change-log/change-log.reader';
import { ChangeLogRepository } from './change-log/change-log.repository';
import { ChangePositions } from './change-log/change-positions.service';
import { ProductChanges } from './changes/product-changes.service';
import { ProductVersionRepository } from './changes/product-version.repository';
import { SearchIndexWriteRepository } from './index-writer/search-index-write.repository';
import { Catalogue } from './maintenance/catalogue.service';
import { DemoCatalogueService } from './maintenance/demo-catalogue.service';
import { FoldedColumnsRepository } from './maintenance/folded-columns.repository';
import { ReindexService } from './maintenance/reindex.service';
import { SortIndexRepository } from './maintenance/sort-index.repository';
import { Product } from './product.entity';
import { CatalogueReader } from './store/catalogue.reader';
import { CatalogueWriter } from './store/catalogue.writer';
import { ProducerRepository } from './store/producer.repository';
import { ProductWriteRepository } from './store/product-write.repository';
import { ProductRepository } from './store/product.repository';
import { SearchIndexStateRepository } from './store/search-index-state.repository';

/** The catalogue that readers and writers share: products, producers and their search index. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  providers: [
    Catalogue,
    CatalogueReader,
    CatalogueWriter,
    ChangeLogRepository,
    ChangeLogReader,
    ChangePositions,
    ChangeFollower,
    ChangeAnnouncer,
    ChangeLogRetention,
    ChangeLogMetrics,
    ProductRepository,
    ProductWriteRepository,
    ProducerRepository,
    ProductVersionRepository,
    ProductChanges,
    SearchIndexWriteRepository,
    SearchIndexStateRepository,
    FoldedColumnsRepository,
    SortIndexRepository,
    ReindexService,
    DemoCatalogueService,
  ],
  exports: [
    Catalogue,
    CatalogueReader,
    CatalogueWriter,
    ChangeFollower,
    ProductRepository,
    ProductWriteRepository,
    ProductChanges,
    SearchIndexStateRepository,
    ReindexService,
    DemoCatalogueService,
  ],
})
export class CatalogueModule {}
