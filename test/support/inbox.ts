/** A catalogue with a running webhook worker. Tests add event handlers to those of the service. */
import type { AppSettings } from '@platform/config';
import { InboxWorker } from '@platform/inbox';
import {
  EVENT_EFFECTS,
  inboxPolicy,
  runEffects,
  storedRows,
  type EventEffects,
  type StoredRow,
  type TestEffect,
  type TestHandler,
} from '@testing/inbox';
import request, { type Test } from 'supertest';
import { startCatalogue, type TestCatalogue } from './catalogue';
import type { TestDatabase } from './databases';
import { eventually } from './eventually';

export interface TestInbox extends TestCatalogue {
  /** Event handlers by event type. Tests add their own, whose effects are functions. */
  readonly handlers: Record<string, TestHandler>;
  readonly send: (eventId: string | undefined, body: unknown, headers?: Readonly<Record<string, string>>) => Test;
  /** Stores events, as `insertionOf`, and wakes the worker. */
  readonly receiveTogether: (type: string, ...eventIds: readonly string[]) => Promise<void>;
  readonly rows: () => Promise<StoredRow[]>;
  readonly row: (eventId: string) => Promise<StoredRow | undefined>;
  /** Waits until the event is stored with the given state. */
  readonly until: (eventId: string, state: string) => Promise<StoredRow>;
  /** Simulates the passage of `ms` by moving due times, leases and retention times into the past. */
  readonly advanceTime: (ms: number) => Promise<void>;
}

/** Deadlines for busy machines with slow commits. Unit tests verify the production deadlines on virtual time. */
const RELAXED = { acceptDeadlineMs: 20_000, acceptTryMs: 10_000 };

/** Starts a catalogue with an inbox. `isRelaxed` extends the deadlines for accepting an event. */
export async function startInbox(
  createDatabase: () => Promise<TestDatabase>,
  settings: Partial<AppSettings> = {},
  { isWorking = true, isRelaxed = true } = {},
): Promise<TestInbox> {
  const deadlines = { ...inboxPolicy };
  if (isRelaxed) Object.assign(inboxPolicy, RELAXED);
  const catalogue = await startCatalogue(createDatabase, settings);
  const { app, dataSource } = catalogue;
  if (isWorking) app.get(InboxWorker, { strict: false }).start();
  const rows = () => storedRows(dataSource);
  const row = async (eventId: string) => (await rows()).find((each) => each.eventId === eventId);
  return {
    ...catalogue,
    close: async () => {
      await catalogue.close();
      Object.assign(inboxPolicy, deadlines);
    },
    handlers: acceptTestEffects(app.get<EventEffects>(EVENT_EFFECTS, { strict: false })),
    send: (eventId, body, headers = {}) =>
      request(app.getHttpServer())
        .post('/webhook')
        .set({
          ...(eventId !== undefined && { 'x-event-id': eventId }),
          'content-type': 'application/json',
          ...headers,
        })
        .send(typeof body === 'string' ? body : JSON.stringify(body)),
    receiveTogether: async (type, ...eventIds) => {
      await dataSource.query(insertionOf(type, eventIds));
      app.get(InboxWorker, { strict: false }).wake();
    },
    rows,
    row,
    until: async (eventId, state) => {
      const stored = await eventually(
        () => row(eventId),
        (each) => each?.state === state,
      );
      if (stored === undefined) throw new Error(`event ${eventId} is not stored`);
      return stored;
    },
    advanceTime: async (ms) => {
      for (const column of ['due_at_ms', 'lease_until_ms', 'forget_at_ms', 'finished_at_ms'])
        await dataSource.query(`UPDATE webhook_events SET ${column} = ${column} - ${ms}`);
      await dataSource.query(`UPDATE webhook_conflicts SET last_at_ms = last_at_ms - ${ms}`);
    },
  };
}

/** Returns the statement that stores due events of one type, without data. A worker claims them together. */
export function insertionOf(type: string, eventIds: readonly string[]): string {
  const columns = 'event_id, body_sha256, type, payload, request_id, state, received_at_ms, due_at_ms';
  const rows = eventIds.map((eventId) => `('${eventId}', '', '${type}', '{}', '', 'RECEIVED', 0, 0)`);
  return `INSERT INTO webhook_events (${columns}) VALUES ${rows.join(', ')}`;
}

/** Makes the service run effects that are functions, before the other effects of a batch. Returns its handlers. */
function acceptTestEffects(service: EventEffects): Record<string, TestHandler> {
  const applyAll = service.applyAll.bind(service);
  service.applyAll = async (manager, effects) => {
    const isOwn = (effect: unknown): effect is TestEffect => typeof effect === 'function';
    const own = await runEffects(manager, effects.filter(isOwn));
    const others = effects.filter((effect) => !isOwn(effect));
    const rest = others.length === 0 ? [] : [...(await applyAll(manager, others))];
    return effects.map((effect) => (isOwn(effect) ? own : rest).shift()!);
  };
  return service.handlers as Record<string, TestHandler>;
}
