import { CatalogueModule } from '@catalogue';
import { Module } from '@nestjs/common';
import { CatalogueValidity } from './catalogue-validity.service';
import { FreshnessMetrics } from './freshness-metrics.service';

/** Precise invalidation of cached responses, for the response cache. */
@Module({
  imports: [CatalogueModule],
  providers: [CatalogueValidity, FreshnessMetrics],
  exports: [CatalogueValidity],
})
export class FreshnessModule {}
