/**
 * A catalogue that changes while it is read: cache hits, latency and processor time of reads at several rates of stock
 * events; the rate at which a backlog is applied; and the time until another replica serves a change. `--before` adds
 * another version, measured in turns with this one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { CleanUp } from '../support/clean-up';
import { build } from '../support/processes';
import { startServer } from './bench-catalogue';
import { measureFreshness } from './live/freshness';
import { toLiveChart } from './live/live-chart';
import { failuresIn, toLiveText, type FreshnessResult, type LiveReport, type LoadResult } from './live/live-report';
import { openLiveService, versionsOf, type LiveService } from './live/live-service';
import { measureLoad } from './live/load-step';
import { PAGE_COUNT } from './live/pages';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { step } from './progress';

const READS_PER_SECOND = 300;
const EVENT_RATES = [0, 1, 10, 100, 500, 800];

/** Seconds per step, and events in the backlog of each step that applies one. */
const full = { seconds: 15, backlog: 20_000 };
const quick = { seconds: 5, backlog: 3_000 };
type Amounts = typeof full;

/** Resolves to true if every response was as expected and every event was applied. */
export async function benchLive(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  const loadAverage = Math.round(10 * loadavg()[0]!) / 10;
  await step('Building', build);
  const amounts = options.isQuick ? quick : full;
  const services = await openServices(options, amounts, cleanUp);
  await warmUp(services, amounts);
  const loads = [...(await atEventRates(services, amounts)), ...(await withBacklog(services, amounts))];
  for (const { process } of services) await process.stop();
  const report: LiveReport = {
    facts: { rows: options.rows, server: services[0]!.catalogue.server, ...machineFacts() },
    ...{ loadAverage, readsPerSecond: READS_PER_SECOND, pages: PAGE_COUNT, ...amounts },
    loads,
    freshness: await inTwoReplicas(services, amounts, cleanUp),
  };
  write(report, options.outDirectory);
  return reportFailures(report);
}

async function openServices(options: BenchOptions, { backlog }: Amounts, cleanUp: CleanUp): Promise<LiveService[]> {
  const versions = versionsOf(options);
  const serverUrl = options.serverUrl ?? (await startServer(versions.length * options.rows, cleanUp));
  const services: LiveService[] = [];
  for (const version of versions)
    services.push(await openLiveService(version, { ...options, serverUrl, isKept: false }, 2 * backlog, cleanUp));
  return services;
}

/** Runs the code that reads and applies until it is compiled, as in a process that has served for a while. */
async function warmUp(services: readonly LiveService[], { seconds }: Amounts): Promise<void> {
  const load = { readsPerSecond: READS_PER_SECOND, eventsPerSecond: 100, backlog: 0, seconds: 2 * seconds };
  for (const service of services) await step(nameOf('warm-up', service), () => measureLoad(service, load));
}

/** Measures each rate for all versions before the next rate, so that other load on the machine affects all alike. */
async function atEventRates(services: readonly LiveService[], { seconds }: Amounts): Promise<LoadResult[]> {
  const results: LoadResult[] = [];
  for (const eventsPerSecond of EVENT_RATES)
    for (const service of services) {
      const load = { readsPerSecond: READS_PER_SECOND, eventsPerSecond, backlog: 0, seconds };
      const name = `${eventsPerSecond} events/s`;
      const figures = await step(nameOf(name, service), () => measureLoad(service, load));
      results.push({ name, version: service.version.name, eventsPerSecond, ...figures });
    }
  return results;
}

/** Measures how fast a backlog is applied, without reads and beside them. */
async function withBacklog(services: readonly LiveService[], { seconds, backlog }: Amounts): Promise<LoadResult[]> {
  const results: LoadResult[] = [];
  for (const [name, readsPerSecond] of [
    ['apply alone', 0],
    ['sustained', READS_PER_SECOND],
  ] as const)
    for (const service of services) {
      const load = { readsPerSecond, eventsPerSecond: 0, backlog, seconds };
      const figures = await step(nameOf(name, service), () => measureLoad(service, load));
      results.push({ name, version: service.version.name, ...figures });
    }
  return results;
}

async function inTwoReplicas(
  services: readonly LiveService[],
  { seconds }: Amounts,
  cleanUp: CleanUp,
): Promise<FreshnessResult[]> {
  const results: FreshnessResult[] = [];
  for (const hasRedis of [true, false])
    for (const service of services) {
      const name = hasRedis ? 'with Redis' : 'without Redis';
      const settings: Record<string, string> = hasRedis ? { REDIS_URL: service.redisUrl } : {};
      const measure = () => measureFreshness(service, settings, seconds, cleanUp);
      const figures = await step(nameOf(`freshness ${name}`, service), measure);
      results.push({ name, version: service.version.name, ...figures });
    }
  return results;
}

function nameOf(task: string, { version }: LiveService): string {
  return `Measuring ${task}, ${version.name}`;
}

function write(report: LiveReport, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'live.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, 'live.svg'), toLiveChart(report));
  process.stdout.write(`${toLiveText(report)}\nWritten: ${directory}/live.json and live.svg\n`);
}

function reportFailures(report: LiveReport): boolean {
  const failures = failuresIn(report);
  if (failures.length > 0) process.stderr.write(`Unexpected:\n${failures.map((line) => `  ${line}\n`).join('')}`);
  return failures.length === 0;
}
