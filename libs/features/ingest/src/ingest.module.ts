import { CatalogueModule } from '@catalogue';
import { Module } from '@nestjs/common';
import { ImportService } from './import.service';

/** Imports files of products. */
@Module({ imports: [CatalogueModule], providers: [ImportService], exports: [ImportService] })
export class IngestModule {}
