import { Module, type DynamicModule, type InjectionToken, type ModuleMetadata } from '@nestjs/common';
import { EVENT_CHECKS, EVENT_HANDLERS, type EventChecks, type EventHandlers } from './event-handler.provider';
import { InboxMetrics } from './inbox-metrics.service';
import { DedupCache } from './accept/dedup-cache.repository';
import { EventValidator } from './accept/event-validator.service';
import { InboxRepository } from './accept/inbox.repository';
import { Inbox } from './accept/inbox.service';
import { InboxWriter } from './accept/inbox.writer';
import { BacklogMetrics } from './operation/backlog-metrics.service';
import { BacklogReader } from './operation/backlog.reader';
import { InboxOperator } from './operation/inbox-operator.service';
import { Attempts } from './work/attempts/attempts.service';
import { EventLeases } from './work/event-leases.service';
import { EventLog } from './work/attempts/event-log.service';
import { FailedAttempts } from './work/attempts/failed-attempts.service';
import { HandlerRunner } from './work/attempts/handler-runner.service';
import { InboxWorker } from './work/inbox-worker.service';
import { InvalidationPublisher } from './work/attempts/invalidation-publisher.service';
import { OrphanRecovery } from './work/orphan-recovery.service';
import { RetentionRepository } from './retention/retention.repository';
import { Retention } from './retention/retention.service';
import { WorkRepository } from './work/work.repository';

export interface HandlersOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject: InjectionToken[];
  readonly useFactory: (...dependencies: never[]) => EventHandlers;
  readonly checks: EventChecks;
}

/** Durable inbox: stores events and applies each of them exactly once. */
@Module({})
export class InboxModule {
  static handling({ imports = [], inject, useFactory, checks }: HandlersOptions): DynamicModule {
    return {
      module: InboxModule,
      imports,
      providers: [
        { provide: EVENT_HANDLERS, inject, useFactory },
        { provide: EVENT_CHECKS, useValue: checks },
        EventValidator,
        Inbox,
        InboxWriter,
        InboxRepository,
        DedupCache,
        InboxMetrics,
        InboxWorker,
        WorkRepository,
        OrphanRecovery,
        Attempts,
        HandlerRunner,
        FailedAttempts,
        InvalidationPublisher,
        EventLeases,
        EventLog,
        Retention,
        RetentionRepository,
        InboxOperator,
        BacklogReader,
        BacklogMetrics,
      ],
      exports: [Inbox, InboxWorker, InboxOperator],
    };
  }
}
