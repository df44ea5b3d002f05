import { Module } from '@nestjs/common';
import { CatalogueModule } from '@catalogue';
import { ImportService } from './import.service';

/** Imports files of products. */
@Module({ imports: [CatalogueModule], providers: [ImportService], exports: [ImportService] })
export class IngestModule {}
