import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Catalogue } from './maintenance/catalogue.service';
import { DemoCatalogueService } from './maintenance/demo-catalogue.service';
import { ReindexService } from './maintenance/reindex.service';
import { FoldedColumnsRepository } from './maintenance/folded-columns.repository';
import { SearchIndexStateRepository } from './index-writer/search-index-state.repository';
import { SearchIndexWriteRepository } from './index-writer/search-index-write.repository';
import { ProductChanges } from './changes/product-changes.service';
import { ProductVersionRepository } from './changes/product-version.repository';
import { CatalogueReader } from './store/catalogue.reader';
import { CatalogueWriter } from './store/catalogue.writer';
import { ProducerRepository } from './store/producer.repository';
import { Product } from './product.entity';
import { ProductRepository } from './store/product.repository';
import { ProductWriteRepository } from './store/product-write.repository';
import { SortIndexRepository } from './maintenance/sort-index.repository';

/** The catalogue that readers and writers share: products, producers and their search index. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  providers: [
    Catalogue,
    CatalogueReader,
    CatalogueWriter,
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
    ProductRepository,
    ProductWriteRepository,
    ProductChanges,
    SearchIndexStateRepository,
    ReindexService,
    DemoCatalogueService,
  ],
})
export class CatalogueModule {}
