import { Module, type DynamicModule, type InjectionToken, type ModuleMetadata } from '@nestjs/common';
import { DedupCache } from './accept/dedup-cache.repository';
import { DeliveryBatches } from './accept/delivery-batches.service';
import { EventValidator } from './accept/event-validator.service';
import { InboxRepository } from './accept/inbox.repository';
import { Inbox } from './accept/inbox.service';
import { InboxWriter } from './accept/inbox.writer';
import { AttemptResults } from './attempts/attempt-results.service';
import { Attempts } from './attempts/attempts.service';
import { BatchCommit } from './attempts/batch-commit.service';
import { EventLog } from './attempts/event-log.service';
import { FailedAttempts } from './attempts/failed-attempts.service';
import { HandlerRunner } from './attempts/handler-runner.service';
import { WorkRepository } from './attempts/work.repository';
import { EVENT_CHECKS, EVENT_EFFECTS, type EventChecks, type EventEffects } from './event-handler.provider';
import { InboxMetrics } from './inbox-metrics.service';
import { BacklogMetrics } from './operation/backlog-metrics.service';
import { BacklogReader } from './operation/backlog.reader';
import { InboxOperator } from './operation/inbox-operator.service';
import { RetentionRepository } from './retention/retention.repository';
import { Retention } from './retention/retention.service';
import { EventLeases } from './work/event-leases.service';
import { InboxWorker } from './work/inbox-worker.service';
import { OrphanRecovery } from './work/orphan-recovery.service';

export interface HandlersOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject: InjectionToken[];
  readonly useFactory: (...dependencies: never[]) => EventEffects;
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
        { provide: EVENT_EFFECTS, inject, useFactory },
        { provide: EVENT_CHECKS, useValue: checks },
        EventValidator,
        Inbox,
        InboxWriter,
        DeliveryBatches,
        InboxRepository,
        DedupCache,
        InboxMetrics,
        InboxWorker,
        WorkRepository,
        OrphanRecovery,
        Attempts,
        AttemptResults,
        HandlerRunner,
        BatchCommit,
        FailedAttempts,
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
