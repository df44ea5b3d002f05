/** One version of the service with a database and a Redis of its own. */
import type { Connection } from 'mysql2/promise';
import type { CleanUp } from '../../support/clean-up';
import { startRedis } from '../../support/servers/servers';
import { connectTo, openOwnCatalogue, type BenchCatalogue } from '../bench-catalogue';
import { startOwn, type Contender } from '../contender';
import type { BenchOptions } from '../options';
import { step } from '../progress';
import { atOnce } from './closed-loop';
import { postponePending } from './inbox';
import { LoadClient } from './load-client';
import { readPages } from './pages';
import { pathsOf } from './readers';
import { StockEvents } from './stock-events';

export interface Version {
  readonly name: 'before' | 'this version';
  /** Directory of its checkout; undefined for this one. */
  readonly checkout: string | undefined;
}

export interface LiveService {
  readonly version: Version;
  readonly catalogue: BenchCatalogue;
  readonly redisUrl: string;
  /** Connection on which the database is observed. */
  readonly connection: Connection;
  readonly process: Contender;
  readonly events: StockEvents;
  /** Paths of the pages that are read, most popular first. */
  readonly paths: readonly string[];
}

const NO_RATE_LIMITS = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '0', WEBHOOK_RATE_LIMIT_MAX: '0' };

/** Events of the backlog are newer than those of all other steps, so none of them is skipped. */
const BACKLOG_VERSION = 1_000_000_000;

const SENDERS = 32;

/** Versions to measure: the one before, if `--before` names it, and this one. */
export function versionsOf({ before }: BenchOptions): Version[] {
  const current: Version = { name: 'this version', checkout: undefined };
  return before === undefined ? [current] : [{ name: 'before', checkout: before }, current];
}

/** Starts a service whose inbox has `backlog` accepted events that are due in a day. */
export async function openLiveService(
  version: Version,
  options: BenchOptions,
  backlog: number,
  cleanUp: CleanUp,
): Promise<LiveService> {
  const catalogue = await openOwnCatalogue(options, cleanUp, version.checkout);
  const redis = await startRedis();
  cleanUp.add(redis.stop);
  const connection = await connectTo(catalogue);
  cleanUp.add(() => connection.end());
  const opened = { version, catalogue, redisUrl: redis.url, connection };
  await step(`Accepting ${backlog} events, ${version.name}`, () =>
    acceptBacklog(opened, options.rows, backlog, cleanUp),
  );
  const process = await startProcess(opened, { REDIS_URL: redis.url }, cleanUp);
  const client = new LoadClient(process.url, 1);
  const paths = await pathsOf(client, readPages(options.rows));
  await client.close();
  return { ...opened, process, paths, events: new StockEvents(options.rows, 0) };
}

/** Starts another process on the same database. */
export function startProcess(
  { version, catalogue }: Pick<LiveService, 'version' | 'catalogue'>,
  settings: Readonly<Record<string, string>>,
  cleanUp: CleanUp,
): Promise<Contender> {
  return startOwn(catalogue, { ...NO_RATE_LIMITS, ...settings }, cleanUp, 'ignore', version.checkout);
}

async function acceptBacklog(
  service: Pick<LiveService, 'version' | 'catalogue' | 'connection'>,
  rows: number,
  count: number,
  cleanUp: CleanUp,
): Promise<void> {
  const { url, stop } = await startProcess(service, { WEBHOOK_WORKER: 'false' }, cleanUp);
  const client = new LoadClient(url, SENDERS);
  const events = new StockEvents(rows, BACKLOG_VERSION);
  await events.readStocks(service.connection);
  await atOnce(SENDERS, count, async () => {
    const { eventId, body } = events.next();
    await client.post(eventId, body);
  });
  await client.close();
  await stop();
  if (client.failed > 0) throw new Error(`${client.failed} events were not accepted`);
  await postponePending(service.connection);
}
