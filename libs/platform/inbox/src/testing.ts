/** Replicas of the inbox for unit tests: the real classes with one embedded database, on virtual time. */
import { createHash } from 'node:crypto';
import { Logger, type LoggerService } from '@nestjs/common';
import type { AppConfig } from '@platform/config';
import { BackgroundWrites } from '@platform/database';
import type { RedisClient } from '@platform/redis';
import { Failpoints } from '@platform/resilience';
import { openSqlite, UnreliableDatabase, useVirtualDatabaseTime } from '@testing/database';
import { TestClock, useVirtualTime } from '@testing/resilience';
import { Registry } from 'prom-client';
import type { DataSource, EntityManager } from 'typeorm';
import type { EffectOutcome, EventChecks, EventEffects, EventHandler } from './event-handler.provider';
import { InboxMetrics } from './inbox-metrics.service';
import { inboxSchema } from './inbox.schema';
import { DedupCache } from './accept/dedup-cache.repository';
import { DeliveryBatches } from './accept/delivery-batches.service';
import { EventValidator } from './accept/event-validator.service';
import { InboxRepository } from './accept/inbox.repository';
import { Inbox } from './accept/inbox.service';
import { InboxWriter } from './accept/inbox.writer';
import type { NewEvent } from './accept/new-event';
import { AttemptResults } from './attempts/attempt-results.service';
import { Attempts } from './attempts/attempts.service';
import { BatchCommit } from './attempts/batch-commit.service';
import type { ClaimedEvent } from './attempts/claimed-event';
import { EventLeases } from './work/event-leases.service';
import { EventLog } from './attempts/event-log.service';
import { FailedAttempts } from './attempts/failed-attempts.service';
import { HandlerRunner } from './attempts/handler-runner.service';
import { InboxWorker } from './work/inbox-worker.service';
import { OrphanRecovery } from './work/orphan-recovery.service';
import { RetentionRepository } from './retention/retention.repository';
import { Retention } from './retention/retention.service';
import { WorkRepository } from './attempts/work.repository';

export { EVENT_EFFECTS, type EventEffects } from './event-handler.provider';
export { inboxPolicy } from './inbox.policy';
export { InboxOperator } from './operation/inbox-operator.service';
export { DedupCache, FailedAttempts, InboxWorker, OrphanRecovery, Retention, WorkRepository };
export type { ClaimedEvent };
export { advanceWithDatabase } from '@testing/database';

/** Event type for which every replica has a handler by default. */
export const EVENT_TYPE = 'order.updated';

/** Effect that a test runs in the transaction of its batch. An exception rolls the batch back; a returned error does not. */
export type TestEffect = (manager: EntityManager) => Promise<EffectOutcome | Error>;

export type TestHandler = EventHandler<TestEffect>;

/** Runs the effects of a batch one after another. */
export async function runEffects(manager: EntityManager, effects: readonly TestEffect[]) {
  const outcomes: (EffectOutcome | Error)[] = [];
  for (const effect of effects) outcomes.push(await effect(manager));
  return outcomes;
}

export interface ReplicaOptions {
  readonly handlers?: Readonly<Record<string, TestHandler>>;
  readonly checks?: EventChecks;
  readonly maxAttempts?: number;
  /** Constant random number; 0 gives the shortest jitter. */
  readonly randomness?: number;
}

/** Replica with its own clock, failpoints and metrics. */
export class TestReplica {
  readonly database: UnreliableDatabase;
  readonly clock: TestClock;
  readonly failpoints = new TestFailpoints();
  readonly applyAll = jest.fn(runEffects);
  readonly onCommitted = jest.fn(() => Promise.resolve());
  readonly registry = new Registry();
  readonly inboxRepository = new InboxRepository(this.failpoints);
  readonly writer: InboxWriter;
  readonly dedup: DedupCache;
  readonly background: BackgroundWrites;
  readonly work: WorkRepository;
  readonly batches: BatchCommit;
  readonly attempts: Attempts;
  readonly orphans: OrphanRecovery;
  readonly retention: Retention;
  readonly worker: InboxWorker;
  readonly inbox: Inbox;

  constructor(dataSource: DataSource, redis: TestRedis, options: ReplicaOptions) {
    const {
      handlers = { [EVENT_TYPE]: recordingHandler() },
      checks = {},
      maxAttempts = 25,
      randomness = 0.5,
    } = options;
    const { failpoints } = this;
    const config = { webhook: { maxAttempts } } as AppConfig;
    this.clock = new TestClock(randomness);
    this.database = new UnreliableDatabase(dataSource, this.clock);
    const validity = new EventValidator(checks);
    const deliveries = new DeliveryBatches(this.database, this.inboxRepository, failpoints);
    this.writer = new InboxWriter(deliveries, validity, this.clock, failpoints);
    this.dedup = new DedupCache(redis.client);
    const background = new BackgroundWrites(this.database);
    this.background = background;
    this.work = new WorkRepository(background, this.database, failpoints);
    const { applyAll, onCommitted } = this;
    const effects: EventEffects<TestEffect> = { handlers, applyAll, onCommitted };
    this.batches = new BatchCommit(effects, background, this.work, this.clock, failpoints);
    const failed = new FailedAttempts(config, background, this.work, this.clock);
    const metrics = new InboxMetrics(this.registry, effects);
    const log = new EventLog(metrics);
    const results = new AttemptResults(failed, this.dedup, log);
    this.attempts = new Attempts(new HandlerRunner(effects), this.batches, results, failpoints);
    this.orphans = new OrphanRecovery(background, this.work, failed, this.clock, log);
    this.retention = new Retention(background, new RetentionRepository(), this.clock);
    const leases = new EventLeases(this.work, this.clock);
    this.worker = new InboxWorker(leases, this.orphans, this.attempts, this.retention, this.clock);
    this.inbox = new Inbox(this.writer, this.dedup, this.worker, metrics);
  }

  /** Claims due events and attempts them as one batch, without the worker. */
  async attemptDue(): Promise<void> {
    await this.attempt(await this.work.claim(100));
  }

  /** Prepares events and commits them as one batch; those with a lookup alone, one after another. */
  async attempt(events: readonly ClaimedEvent[], signal = new AbortController().signal): Promise<void> {
    const { ready, pending } = await this.attempts.prepare(events);
    if (ready.length > 0) await this.attempts.commit(ready);
    for (const lookup of pending) await this.attempts.lookUpAndCommit(lookup, signal);
  }

  /** Claims one due event. */
  async claimOne(): Promise<ClaimedEvent> {
    const [event] = await this.work.claim(1);
    if (event === undefined) throw new Error('no event is due');
    return event;
  }

  async counted(metric: 'deliveries' | 'attempts', labels: Readonly<Record<string, string>>): Promise<number> {
    const counter = await this.registry.getSingleMetric(`farmlokal_webhook_${metric}_total`)?.get();
    const expectedLabels = Object.entries(labels);
    const sample = counter?.values.find((value) => expectedLabels.every(([name, text]) => value.labels[name] === text));
    return sample?.value ?? 0;
  }

  /** Returns the number of effects in each call of `applyAll`. */
  batchSizes(): number[] {
    return this.applyAll.mock.calls.map(([, effects]) => effects.length);
  }
}

/** Failpoints with actions that a test sets. */
class TestFailpoints extends Failpoints {
  private readonly actions = new Map<string, () => unknown>();

  constructor() {
    super({ failpoints: new Map() } as unknown as AppConfig);
  }

  override async at(name: string): Promise<void> {
    await this.actions.get(name)?.();
  }

  on(name: string, action: () => unknown): void {
    this.actions.set(name, action);
  }
}

/** Redis with GET and SET … EX, shared by all replicas. */
export class TestRedis {
  readonly values = new Map<string, { readonly value: string; readonly expiresAtMs: number }>();
  isUnavailable = false;

  private readonly commands = {
    get: (key: string) => {
      const stored = this.values.get(key);
      return Promise.resolve(stored !== undefined && stored.expiresAtMs > Date.now() ? stored.value : null);
    },
    set: (key: string, value: string, _: 'EX', seconds: number) => {
      this.values.set(key, { value, expiresAtMs: Date.now() + seconds * 1_000 });
      return Promise.resolve('OK');
    },
  };

  readonly client = {
    run: (command: (redis: unknown, keyOf: unknown) => Promise<unknown>) =>
      this.isUnavailable
        ? Promise.reject(new Error('Redis is unavailable'))
        : command(this.commands, (...parts: unknown[]) => parts.join(':')),
  } as unknown as RedisClient;
}

export interface StoredRow {
  readonly id: number;
  readonly eventId: string;
  readonly requestId: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly abandoned: number;
  readonly replays: number;
  readonly lastError: string | null;
  readonly payload: string | null;
  readonly dueAtMs: number | null;
  readonly leaseUntilMs: number | null;
  readonly finishedAtMs: number | null;
  readonly forgetAtMs: number | null;
}

/** Returns all events in the order of their acceptance. */
export function storedRows(dataSource: DataSource): Promise<StoredRow[]> {
  return dataSource.query(`
    SELECT id, CAST(event_id AS CHAR) AS eventId, request_id AS requestId, type, state, attempts, abandoned, replays,
           last_error AS lastError, payload, due_at_ms AS dueAtMs, lease_until_ms AS leaseUntilMs,
           finished_at_ms AS finishedAtMs, forget_at_ms AS forgetAtMs
    FROM webhook_events ORDER BY id`);
}

/** Database and Redis that the replicas of a test share. */
export class TestInbox {
  readonly redis = new TestRedis();
  /** Logged lines as `level: message`. */
  readonly logged: string[] = [];

  constructor(readonly dataSource: DataSource) {}

  replica(options: ReplicaOptions = {}): TestReplica {
    return new TestReplica(this.dataSource, this.redis, options);
  }

  workingReplica(options: ReplicaOptions = {}): TestReplica {
    const replica = this.replica(options);
    replica.worker.start();
    return replica;
  }

  /** Stores events on a replica without a worker. */
  async receive(...eventIds: readonly string[]): Promise<void> {
    const sender = this.replica();
    for (const eventId of eventIds) await sender.writer.store(newEvent(eventId));
  }

  rows(): Promise<StoredRow[]> {
    return storedRows(this.dataSource);
  }

  async row(eventId: string): Promise<StoredRow> {
    const row = (await this.rows()).find((each) => each.eventId === eventId);
    if (row === undefined) throw new Error(`event ${eventId} does not exist`);
    return row;
  }

  /** Updates one event, or all events without an id. */
  async update(assignments: string, eventId?: string): Promise<void> {
    const where = eventId === undefined ? '' : `WHERE event_id = '${eventId}'`;
    await this.dataSource.query(`UPDATE webhook_events SET ${assignments} ${where}`);
  }

  /** Returns the ids of events with a committed effect, in order, one entry per commit. */
  async applied(): Promise<string[]> {
    const rows = await this.dataSource.query<{ eventId: string }[]>('SELECT event_id AS eventId FROM applied');
    return rows.map(({ eventId }) => eventId);
  }
}

/** Sets up a new inbox for each test of the surrounding block, on virtual time. */
export function useInbox(): () => TestInbox {
  let inbox: TestInbox;
  useVirtualTime();
  useVirtualDatabaseTime();
  beforeEach(async () => {
    const dataSource = await openSqlite([inboxSchema]);
    await dataSource.query('CREATE TABLE applied (event_id TEXT NOT NULL)');
    inbox = new TestInbox(dataSource);
    Logger.overrideLogger(recorderOf(inbox.logged));
  });
  afterEach(() => inbox.dataSource.destroy());
  return () => inbox;
}

/** Returns an effect that inserts a row into `applied`. */
export function recordedEffect(eventId: string, outcome: EffectOutcome = 'applied'): TestEffect {
  return async (manager) => {
    await manager.query('INSERT INTO applied (event_id) VALUES (?)', [eventId]);
    return outcome;
  };
}

/** Returns a handler whose effect inserts a row into `applied`. */
export function recordingHandler(outcome: EffectOutcome = 'applied'): TestHandler {
  return ({ eventId }) => ({ effect: recordedEffect(eventId, outcome) });
}

/** Returns a handler that throws. */
export function failingHandler(error = new Error('the partner is unavailable')): TestHandler {
  return () => {
    throw error;
  };
}

/** Handler whose lookup never settles. */
export const neverPrepared: TestHandler = () => ({ lookUp: () => new Promise(() => undefined) });

export function newEvent(eventId: string, body: object = {}, requestId = `request of ${eventId}`): NewEvent {
  const content = { event: EVENT_TYPE, ...body };
  const payload = JSON.stringify(content);
  const bodySha256 = createHash('sha256').update(payload).digest('hex');
  return { type: content.event, payload, content, eventId, requestId, bodySha256 };
}

function recorderOf(lines: string[]): LoggerService {
  const record = (level: string) => (message: unknown) =>
    void lines.push(`${level}: ${(message as { msg?: string }).msg ?? String(message)}`);
  return { log: record('info'), warn: record('warn'), error: record('error'), debug: record('debug') };
}
