/** One attempt at an event, from its claim to its end. */
import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '@platform/tracing';
import type { EffectOutcome } from '../event-effect.provider';
import { KnownDuplicates } from '../inbox/known-duplicates.repository';
import { Announcer } from './announcer.service';
import type { ClaimedEvent } from './claimed-event';
import { EffectRunner } from './effect-runner.service';
import { EventLog } from './event-log.service';
import { FailedAttempts } from './failed-attempts.service';

@Injectable()
export class Attempts {
  constructor(
    private readonly effects: EffectRunner,
    private readonly failed: FailedAttempts,
    private readonly announcer: Announcer,
    private readonly known: KnownDuplicates,
    private readonly log: EventLog,
  ) {}

  /**
   * Never throws: whatever is lost on the way, the row says how far it came. What was committed is not put off, and
   * what cannot even be put off is taken over when its lease ends.
   */
  make(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    return inSpan('apply event', { kind: SpanKind.CONSUMER, attributes: attributesOf(event) }, () =>
      this.makeOne(event, signal),
    );
  }

  private async makeOne(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    try {
      const apply = await this.effects.ask(event, signal);
      const outcome = await this.effects.commit(event, apply);
      if (outcome === 'lost') this.log.lost(event);
      else await this.end(event, outcome);
    } catch (error) {
      await this.fail(event, error, signal);
    }
  }

  private async end(event: ClaimedEvent, outcome: EffectOutcome): Promise<void> {
    const state = outcome === 'outdated' ? 'SKIPPED' : 'DONE';
    this.log.ended(event, state);
    if (outcome === 'changed') await this.announcer.tell(event.id);
    await this.known.remember(event.eventId, event.bodySha256, state);
  }

  /** One that was given up because the service ends has not failed. */
  private async fail(event: ClaimedEvent, error: unknown, signal: AbortSignal): Promise<void> {
    try {
      if (signal.aborted && error === signal.reason) {
        await this.failed.giveBack(event);
        this.log.givenBack(event);
        return;
      }
      const verdict = await this.failed.judge(event, error);
      if (verdict.kind === 'postponed') this.log.postponed(event, verdict);
      else if (verdict.kind === 'buried') this.log.buried(event, verdict.reason);
      else this.log.lost(event);
    } catch (cause) {
      this.log.left(event, cause);
    }
  }
}

/** The request that brought it had ended by then; its id leads there. */
function attributesOf({ eventId, requestId, type, attempt }: ClaimedEvent) {
  return {
    'farmlokal.event.id': eventId,
    'farmlokal.event.type': type,
    'farmlokal.event.attempt': attempt,
    'farmlokal.request.id': requestId,
  };
}
