/**
 * Freshness: the time after the commit of a change until another replica serves it. Each probe changes one product whose
 * page that replica has cached, while other products change too.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import type { CleanUp } from '../../support/clean-up';
import { summarise } from '../report/statistics';
import { startProcess, type LiveService } from './live-service';
import { LoadClient } from './load-client';
import { atFixedRate } from './open-loop';
import { RESERVED_PRODUCTS } from './stock-events';

export interface FreshnessFigures {
  readonly probes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Probes that ended after GIVE_UP_MS without the new stock, and count with that time. */
  readonly overdue: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** A service that relies on the TTL of its responses may take a minute. */
export const GIVE_UP_MS = 5_000;

const PROBES_PER_SECOND = 5;
const EVENTS_PER_SECOND = 10;

const DATABASE_POLL_MS = 2;
const REPLICA_POLL_MS = 5;
/** After a tenth of a second the replica is polled less often, so that many waiting probes do not overload it. */
const POLL_PER_ELAPSED = 0.05;

const COMMIT_DEADLINE_MS = 30_000;

/** A process that accepts and applies events, and a replica that does neither. */
interface Scene {
  readonly service: LiveService;
  readonly writer: LoadClient;
  readonly replica: LoadClient;
}

/** Measures two new processes; no other one may apply events of this database. */
export async function measureFreshness(
  service: LiveService,
  settings: Readonly<Record<string, string>>,
  seconds: number,
  cleanUp: CleanUp,
): Promise<FreshnessFigures> {
  const writing = await startProcess(service, settings, cleanUp);
  const reading = await startProcess(service, { ...settings, WEBHOOK_WORKER: 'false' }, cleanUp);
  const scene = { service, writer: new LoadClient(writing.url, 16), replica: new LoadClient(reading.url, 64) };
  await service.events.readStocks(service.connection);
  const latenciesMs = await probeRepeatedly(scene, seconds);
  await Promise.all([scene.writer.close(), scene.replica.close()]);
  await Promise.all([writing.stop(), reading.stop()]);
  const { requests, p50Ms, p99Ms } = summarise(latenciesMs);
  return {
    ...{ probes: requests, p50Ms, p99Ms },
    overdue: latenciesMs.filter((latencyMs) => latencyMs === GIVE_UP_MS).length,
    failed: scene.writer.failed + scene.replica.failed,
    failures: Object.fromEntries([...scene.writer.failures, ...scene.replica.failures]),
  };
}

async function probeRepeatedly(scene: Scene, seconds: number): Promise<number[]> {
  const { events } = scene.service;
  const latenciesMs: number[] = [];
  let probes = 0;
  await Promise.all([
    atFixedRate({ perSecond: PROBES_PER_SECOND, seconds }, async () => {
      probes += 1;
      const latencyMs = await probe(scene, 1 + (probes % RESERVED_PRODUCTS));
      if (latencyMs !== undefined) latenciesMs.push(latencyMs);
    }),
    atFixedRate({ perSecond: EVENTS_PER_SECOND, seconds }, async () => {
      const { eventId, body } = events.next();
      await scene.writer.post(eventId, body);
    }),
  ]);
  return latenciesMs;
}

/** Returns undefined if a request failed or the event was not applied; the clients count these failures. */
async function probe(scene: Scene, product: number): Promise<number | undefined> {
  const { service, writer } = scene;
  const stock = 1 + ((await readStock(scene, product)) ?? 0);
  const { eventId, body } = service.events.change(product, stock);
  const sentMs = performance.now();
  if (!(await writer.post(eventId, body))) return undefined;
  const [committedMs, servedMs] = await Promise.all([
    untilCommitted(scene, product, stock, sentMs),
    untilServed(scene, product, stock),
  ]);
  if (committedMs !== undefined) return Math.min(GIVE_UP_MS, Math.max(0, servedMs - committedMs));
  writer.countFailure('an event was not applied');
  return undefined;
}

/** Returns the last time at which the database still had the old stock; the commit followed within a poll. */
async function untilCommitted(
  { service }: Scene,
  product: number,
  stock: number,
  sentMs: number,
): Promise<number | undefined> {
  for (let oldMs = sentMs; oldMs < sentMs + COMMIT_DEADLINE_MS;) {
    const readMs = performance.now();
    const [[row]] = await service.connection.query<RowDataPacket[]>('SELECT stock FROM products WHERE id = ?', [
      product,
    ]);
    if (Number(row?.['stock']) === stock) return oldMs;
    oldMs = readMs;
    await delay(DATABASE_POLL_MS);
  }
  return undefined;
}

/** Returns the time at which the replica served the new stock, or infinity. */
async function untilServed(scene: Scene, product: number, stock: number): Promise<number> {
  const startedMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < 2 * GIVE_UP_MS; elapsedMs = performance.now() - startedMs) {
    if ((await readStock(scene, product)) === stock) return performance.now();
    await delay(Math.max(REPLICA_POLL_MS, elapsedMs * POLL_PER_ELAPSED));
  }
  return Infinity;
}

async function readStock({ replica }: Scene, product: number): Promise<number | undefined> {
  const response = await replica.get(`/products/${product}`, 'identity');
  return response && (JSON.parse(response.body) as { stock: number }).stock;
}
