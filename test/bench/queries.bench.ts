/**
 * Latency of GET /products over HTTP for the built service and its baselines on the same rows. The service gets the
 * whole query matrix, each baseline a random part of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanUp } from '../support/clean-up';
import { build, start } from '../support/processes';
import { baselines, type Baseline } from './baselines/baselines';
import { openCatalogue, type BenchCatalogue } from './bench-catalogue';
import { startOwn, startBaseline } from './contender';
import { measureRequest, measureAll, measureFor, NO_RESPONSE } from './load';
import { machineFacts } from './machine';
import { queryMatrix, queryStringOf, selectQueries, warmUpQueries, type CatalogueQuery } from './matrix';
import type { MeasuredResponse } from './measured-response';
import type { BenchOptions } from './options';
import { step } from './progress';
import { toChart } from './report/chart';
import { figuresBetween, scrapePathCounts } from './report/path-figures';
import { compare, describe, worstOf, type Comparison, type Report } from './report/report';
import { toText } from './report/text-report';

/** Number of queries to FarmLokal, without cursors; maximum number of queries to a baseline, and their duration. */
const full = { queries: Infinity, baselineQueries: 200, baselineWarmUpSeconds: 10, baselineSeconds: 90 };
const quick = { queries: 320, baselineQueries: 200, baselineWarmUpSeconds: 3, baselineSeconds: 12 };

/** Opens connections and lets code be compiled before the measurement. */
const WARM_UP_QUERIES = 300;

/** Versions of the service without one of these variables ignore it. */
const WITHOUT_CACHE_AND_LIMITS = {
  LOG_LEVEL: 'warn',
  CACHE_ENABLED: 'false',
  RATE_LIMIT_MAX: '0',
  WEBHOOK_ALLOW_UNSIGNED: 'true',
};

/** Resolves to true if every response was a 200. */
export async function benchQueries(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  const amounts = options.isQuick ? quick : full;
  await step('Building', build);
  const catalogue = await openCatalogue(options, cleanUp);
  const { responses, byPath } = await measureOwn(queryMatrix(options.rows), amounts.queries, catalogue, cleanUp);
  const successful = responses.filter(({ status }) => status === 200);
  const comparisons: Comparison[] = [];
  for (const baseline of baselines) {
    const measured = await measureBaseline(baseline, successful, amounts, catalogue, cleanUp);
    comparisons.push(compare(baseline.name, measured, successful));
  }
  const report = {
    facts: { rows: options.rows, server: catalogue.server, ...machineFacts() },
    own: { ...describe(successful), byPath },
    comparisons,
    worst: await withPlans(worstOf(successful), catalogue),
  };
  write(report, options.outDirectory);
  return reportFailures(responses);
}

async function measureOwn(
  matrix: readonly CatalogueQuery[],
  count: number,
  catalogue: BenchCatalogue,
  cleanUp: CleanUp,
): Promise<{ responses: MeasuredResponse[]; byPath: Report['own']['byPath'] }> {
  const { url, stop } = await startOwn(catalogue, WITHOUT_CACHE_AND_LIMITS, cleanUp);
  for (const query of warmUpQueries(matrix, WARM_UP_QUERIES))
    await measureRequest(url, `/products?${queryStringOf(query)}`);
  const queries = selectQueries(matrix, count);
  const before = await scrapePathCounts(url);
  const responses = await step(`Sending ${queries.length} queries and following their cursors`, () =>
    measureAll(url, queries),
  );
  const byPath = figuresBetween(before, await scrapePathCounts(url));
  await stop();
  return { responses, byPath };
}

/** Sends the first of FarmLokal's queries that the baseline supports. Queries with cursors are left out. */
async function measureBaseline(
  baseline: Baseline,
  own: readonly MeasuredResponse[],
  { baselineQueries, baselineWarmUpSeconds, baselineSeconds }: typeof full,
  catalogue: BenchCatalogue,
  cleanUp: CleanUp,
): Promise<MeasuredResponse[]> {
  const candidates = selectQueries(
    own.filter(({ isCursor }) => !isCursor).map(({ query }) => query),
    Infinity,
  );
  const { url, stop } = await startBaseline(baseline.program, catalogue.environment, cleanUp);
  await measureFor(baselineWarmUpSeconds, url, expressible(baseline, warmUpQueries(candidates, WARM_UP_QUERIES)));
  const responses = await step(`Sending queries to ${baseline.name} for at most ${baselineSeconds} s`, () =>
    measureFor(baselineSeconds, url, expressible(baseline, candidates).slice(0, baselineQueries)),
  );
  await stop();
  // A query without a response after two minutes counts with that latency.
  const failed = responses.find(({ status }) => status !== 200 && status !== NO_RESPONSE);
  if (failed) throw new Error(`${baseline.name} returned ${failed.status} for ${failed.address}`);
  return responses;
}

function expressible(
  baseline: Baseline,
  queries: readonly CatalogueQuery[],
): { query: CatalogueQuery; address: string }[] {
  return queries.flatMap((query) => {
    const address = baseline.urlOf(query);
    return address === undefined ? [] : [{ query, address }];
  });
}

/** Adds the plan of each query if this version of the service has the `explain` command. */
async function withPlans(worst: Report['worst'], { environment }: BenchCatalogue): Promise<Report['worst']> {
  const explained: Report['worst'][number][] = [];
  for (const response of worst) {
    const queryString = response.address.slice(response.address.indexOf('?') + 1);
    const { code, stdout } = await start('cli', ['explain', queryString], environment, tmpdir()).finished;
    if (code !== 0) return worst;
    explained.push({ ...response, plan: stdout.trim().split('\n').slice(0, 3) });
  }
  return explained;
}

function write(report: Report, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'queries.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(directory, 'queries.svg'), toChart(report));
  process.stdout.write(`${toText(report)}\nWritten: ${directory}/queries.json and queries.svg\n`);
}

function reportFailures(responses: readonly MeasuredResponse[]): boolean {
  const failed = responses.filter(({ status }) => status !== 200);
  if (failed.length > 0) process.stderr.write(`${failed.length} of ${responses.length} responses were not a 200:\n`);
  for (const { status, address, body } of failed.slice(0, 20))
    process.stderr.write(`  ${status} ${address} ${body.detail ?? ''}\n`);
  return failed.length === 0;
}
