import { Module, type DynamicModule, type InjectionToken, type ModuleMetadata } from '@nestjs/common';
import { ClientAddressesModule } from '@platform/rate-limit';
import { EventValidator } from './delivery/event-validator.service';
import { EVENT_CHECKS, EVENT_HANDLERS, type EventChecks, type EventHandlers } from './event-handler.provider';
import { InboxRepository } from './inbox/inbox.repository';
import { InboxService } from './inbox/inbox.service';
import { DedupCache } from './inbox/dedup-cache.repository';
import { BacklogMetrics } from './operation/backlog-metrics.service';
import { BacklogReader } from './operation/backlog.reader';
import { InboxOperator } from './operation/inbox-operator.service';
import { WebhookMetrics } from './webhook-metrics.service';
import { WebhookController } from './webhook.controller';
import { WebhookService } from './webhook.service';
import { InvalidationPublisher } from './work/invalidation-publisher.service';
import { Attempts } from './work/attempts.service';
import { HandlerRunner } from './work/handler-runner.service';
import { EventLog } from './work/event-log.service';
import { FailedAttempts } from './work/failed-attempts.service';
import { OrphanRecovery } from './work/orphan-recovery.service';
import { RetentionRepository } from './work/retention.repository';
import { Retention } from './work/retention.service';
import { WebhookWorker } from './work/webhook-worker.service';
import { WorkRepository } from './work/work.repository';

export interface HandlersOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject: InjectionToken[];
  readonly useFactory: (...dependencies: never[]) => EventHandlers;
  readonly checks: EventChecks;
}

/** Webhook: stores events in a durable inbox and applies each of them exactly once. */
@Module({})
export class WebhookModule {
  static handling({ imports = [], inject, useFactory, checks }: HandlersOptions): DynamicModule {
    return {
      module: WebhookModule,
      imports: [ClientAddressesModule, ...imports],
      controllers: [WebhookController],
      providers: [
        { provide: EVENT_HANDLERS, inject, useFactory },
        { provide: EVENT_CHECKS, useValue: checks },
        EventValidator,
        WebhookService,
        InboxService,
        InboxRepository,
        DedupCache,
        WebhookMetrics,
        WebhookWorker,
        WorkRepository,
        OrphanRecovery,
        Attempts,
        HandlerRunner,
        FailedAttempts,
        InvalidationPublisher,
        EventLog,
        Retention,
        RetentionRepository,
        InboxOperator,
        BacklogReader,
        BacklogMetrics,
      ],
      exports: [WebhookWorker, InboxOperator],
    };
  }
}
