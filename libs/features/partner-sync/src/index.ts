export { PartnerSyncModule } from './partner-sync.module';
export { SyncSchedule } from './sync/sync-schedule.service';
export { SyncService, type SyncSummary } from './sync/sync.service';
