import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CursorKeyRepository } from './cursor-key.repository';
import { DemoCatalogueService } from './demo/demo-catalogue.service';
import { ImportService } from './import/import.service';
import { ProducerRepository } from './producer.repository';
import { ProductWriteRepository } from './product-write.repository';
import { Product } from './product.entity';
import { ProductRepository } from './product.repository';
import { ProductsController } from './products.controller';
import { ProductsService } from './products.service';
import { SortIndexRepository } from './sort-index.repository';

/** The catalogue: reading it, importing into it, and a demo of it. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [ProductsController],
  providers: [
    ProductsService,
    ProductRepository,
    CursorKeyRepository,
    ProductWriteRepository,
    ProducerRepository,
    SortIndexRepository,
    ImportService,
    DemoCatalogueService,
  ],
  exports: [ProductRepository, ImportService, DemoCatalogueService],
})
export class ProductsModule {}
