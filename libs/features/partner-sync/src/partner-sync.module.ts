import { CatalogueModule } from '@catalogue';
import { PartnerModule } from '@integrations/partner';
import { Module } from '@nestjs/common';
import { AvailabilityController } from './availability/availability.controller';
import { AvailabilityService } from './availability/availability.service';
import { LastKnownStocks } from './availability/last-known-stock.repository';
import { SyncMetrics } from './sync/sync-metrics.service';
import { SyncRun } from './sync/sync-run.service';
import { SyncSchedule } from './sync/sync-schedule.service';
import { SyncStateRepository } from './sync/sync-state.repository';
import { SyncService } from './sync/sync.service';

/** Follows the products of the partner, and reads their current stock from it. */
@Module({
  imports: [CatalogueModule, PartnerModule],
  controllers: [AvailabilityController],
  providers: [
    SyncService,
    SyncSchedule,
    SyncRun,
    SyncStateRepository,
    SyncMetrics,
    AvailabilityService,
    LastKnownStocks,
  ],
  exports: [SyncService, SyncSchedule],
})
export class PartnerSyncModule {}
