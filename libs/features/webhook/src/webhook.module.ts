import { Module, type DynamicModule, type InjectionToken, type ModuleMetadata } from '@nestjs/common';
import { ClientAddressesModule } from '@platform/rate-limit';
import { EventValidity } from './delivery/event-validity.service';
import { EVENT_CHECKS, EVENT_EFFECTS, type EventChecks, type EventEffects } from './event-effect.provider';
import { InboxRepository } from './inbox/inbox.repository';
import { InboxService } from './inbox/inbox.service';
import { KnownDuplicates } from './inbox/known-duplicates.repository';
import { BacklogMetrics } from './operation/backlog-metrics.service';
import { BacklogReader } from './operation/backlog.reader';
import { InboxOperator } from './operation/inbox-operator.service';
import { WebhookMetrics } from './webhook-metrics.service';
import { WebhookController } from './webhook.controller';
import { WebhookService } from './webhook.service';
import { Announcer } from './work/announcer.service';
import { Attempts } from './work/attempts.service';
import { EffectRunner } from './work/effect-runner.service';
import { EventLog } from './work/event-log.service';
import { FailedAttempts } from './work/failed-attempts.service';
import { LeftBehindEvents } from './work/left-behind.service';
import { RetentionRepository } from './work/retention.repository';
import { Retention } from './work/retention.service';
import { WebhookWorker } from './work/webhook-worker.service';
import { WorkRepository } from './work/work.repository';

export interface EffectsOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject: InjectionToken[];
  readonly useFactory: (...dependencies: never[]) => EventEffects;
  readonly checks: EventChecks;
}

/** Events from outside, each applied exactly once: accepted into the database, worked on from there. */
@Module({})
export class WebhookModule {
  static applying({ imports = [], inject, useFactory, checks }: EffectsOptions): DynamicModule {
    return {
      module: WebhookModule,
      imports: [ClientAddressesModule, ...imports],
      controllers: [WebhookController],
      providers: [
        { provide: EVENT_EFFECTS, inject, useFactory },
        { provide: EVENT_CHECKS, useValue: checks },
        EventValidity,
        WebhookService,
        InboxService,
        InboxRepository,
        KnownDuplicates,
        WebhookMetrics,
        WebhookWorker,
        WorkRepository,
        LeftBehindEvents,
        Attempts,
        EffectRunner,
        FailedAttempts,
        Announcer,
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
