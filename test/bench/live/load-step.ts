/** One step of the measurement: readers and senders at fixed rates, and the events that the service applies meanwhile. */
import { processorTimeMs } from '../process-time';
import { summarise } from '../report/statistics';
import { countFinished, discardPending, releasePostponed, untilDrained } from './inbox';
import type { LiveService } from './live-service';
import { LoadClient } from './load-client';
import { atFixedRate } from './open-loop';
import { Readers, warmUp } from './readers';

export interface LoadFigures {
  /** Undefined if nothing was read. */
  readonly reads: ReadFigures | undefined;
  readonly acceptedPerSecond: number;
  readonly appliedPerSecond: number;
  /** Unexpected responses and dead letters. */
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
}

export interface ReadFigures {
  readonly count: number;
  /** Share that the cache answered, in percent. */
  readonly hitPercent: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Processor time of the service divided by the number of reads; it includes the work on events. */
  readonly processMsPerRead: number;
}

interface Load {
  readonly readsPerSecond: number;
  readonly eventsPerSecond: number;
  /** Number of accepted events that become due at the start. The step ends early if all are applied. */
  readonly backlog: number;
  readonly seconds: number;
}

const READER_CONNECTIONS = 128;
const SENDER_CONNECTIONS = 64;

/** Measures a service with a warm cache, and leaves its inbox without pending events. */
export async function measureLoad(service: LiveService, load: Load): Promise<LoadFigures> {
  const { connection, events, process, paths } = service;
  const reading = new LoadClient(process.url, READER_CONNECTIONS);
  const sending = new LoadClient(process.url, SENDER_CONNECTIONS);
  await events.readStocks(connection);
  await warmUp(reading, paths);
  const readers = new Readers(reading, paths);
  const before = { ...(await countFinished(connection)), processMs: processorTimeMs(process.pid) };
  if (load.backlog > 0) await releasePostponed(connection, load.backlog);
  const startedMs = performance.now();
  const accepted = await run(service, load, readers, sending);
  const seconds = (performance.now() - startedMs) / 1_000;
  const processMs = processorTimeMs(process.pid) - before.processMs;
  const after = await countFinished(connection);
  await Promise.all([reading.close(), sending.close()]);
  await discardPending(connection);
  return {
    reads: toReadFigures(readers, processMs),
    acceptedPerSecond: round(accepted / seconds),
    appliedPerSecond: round((after.applied - before.applied) / seconds),
    failed: reading.failed + sending.failed + after.dead - before.dead,
    failures: Object.fromEntries([...reading.failures, ...sending.failures]),
  };
}

/** Runs the load and returns the number of accepted events. */
async function run(service: LiveService, load: Load, readers: Readers, sending: LoadClient): Promise<number> {
  const { readsPerSecond, eventsPerSecond, backlog, seconds } = load;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), seconds * 1_000);
  const { signal } = end;
  let accepted = 0;
  const send = async () => {
    const { eventId, body } = service.events.next();
    if (await sending.post(eventId, body)) accepted += 1;
  };
  await Promise.all([
    atFixedRate({ perSecond: readsPerSecond, seconds, signal }, (startMs) => readers.read(startMs)),
    atFixedRate({ perSecond: eventsPerSecond, seconds, signal }, send),
    backlog > 0 && untilDrained(service.connection, signal).then(() => end.abort()),
  ]);
  clearTimeout(timer);
  return accepted;
}

function toReadFigures({ latenciesMs, hits }: Readers, processMs: number): ReadFigures | undefined {
  if (latenciesMs.length === 0) return undefined;
  const { requests, p50Ms, p95Ms, p99Ms } = summarise(latenciesMs);
  const processMsPerRead = Math.round((100 * processMs) / requests) / 100;
  return { count: requests, hitPercent: round((100 * hits) / requests), p50Ms, p95Ms, p99Ms, processMsPerRead };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
