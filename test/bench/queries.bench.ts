/**
 * GET /products of the built service over HTTP, and beside it what one would write otherwise, on the same rows: build,
 * fill, ask our service the whole matrix, ask each rival a random part of it, report.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, start } from '../support/processes';
import type { Answer } from './answer';
import { openCatalogue, type BenchCatalogue } from './bench-catalogue';
import { toChart } from './chart';
import type { CleanUp } from '../support/clean-up';
import { startOwn, startRival } from './contender';
import { ask, askAll, askFor, NO_ANSWER } from './load';
import { machineFacts } from './machine';
import { queryMatrix, queryStringOf, selectQueries, warmUpQueries, type CatalogueQuery } from './matrix';
import type { BenchOptions } from './options';
import { askPathCounts, figuresBetween } from './path-figures';
import { step } from './progress';
import { compare, describe, worstOf, type Comparison, type Report } from './report';
import { baselines, type Rival } from './baselines/baselines';
import { toText } from './text-report';

/** How much is asked: of us before cursors are followed, of a rival at most, and for how long. */
const full = { queries: Infinity, rivalQueries: 200, rivalWarmUpSeconds: 10, rivalSeconds: 90 };
const quick = { queries: 320, rivalQueries: 200, rivalWarmUpSeconds: 3, rivalSeconds: 12 };

/** Before anything is measured: connections are open, code is compiled. */
const WARM_UP_QUERIES = 300;

/** Versions that do not know a variable ignore it. */
const NOTHING_IN_PLACE_OF_THE_DATABASE = {
  LOG_LEVEL: 'warn',
  CACHE_ENABLED: 'false',
  RATE_LIMIT_MAX: '0',
  WEBHOOK_ALLOW_UNSIGNED: 'true',
};

/** Resolves to whether every answer was a 200. */
export async function benchQueries(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  const amounts = options.isQuick ? quick : full;
  await step('Building', build);
  const catalogue = await openCatalogue(options, cleanUp);
  const { answers, byPath } = await measureOwn(queryMatrix(options.rows), amounts.queries, catalogue, cleanUp);
  const good = answers.filter(({ status }) => status === 200);
  const comparisons: Comparison[] = [];
  for (const rival of baselines) {
    const theirs = await measureRival(rival, good, amounts, catalogue, cleanUp);
    comparisons.push(compare(rival.name, theirs, good));
  }
  const report = {
    facts: { rows: options.rows, server: catalogue.server, ...machineFacts() },
    own: { ...describe(good), byPath },
    comparisons,
    worst: await withPlans(worstOf(good), catalogue),
  };
  write(report, options.outDirectory);
  return sayWhatFailed(answers);
}

async function measureOwn(
  matrix: readonly CatalogueQuery[],
  count: number,
  catalogue: BenchCatalogue,
  cleanUp: CleanUp,
): Promise<{ answers: Answer[]; byPath: Report['own']['byPath'] }> {
  const { url, stop } = await startOwn(catalogue, NOTHING_IN_PLACE_OF_THE_DATABASE, cleanUp);
  for (const query of warmUpQueries(matrix, WARM_UP_QUERIES)) await ask(url, `/products?${queryStringOf(query)}`);
  const queries = selectQueries(matrix, count);
  const before = await askPathCounts(url);
  const answers = await step(`Asking ${queries.length} queries and the pages behind them`, () => askAll(url, queries));
  const byPath = figuresBetween(before, await askPathCounts(url));
  await stop();
  return { answers, byPath };
}

/** Asks the first of our queries that the rival can express; cursors are ours alone. */
async function measureRival(
  rival: Rival,
  own: readonly Answer[],
  { rivalQueries, rivalWarmUpSeconds, rivalSeconds }: typeof full,
  catalogue: BenchCatalogue,
  cleanUp: CleanUp,
): Promise<Answer[]> {
  const asked = selectQueries(
    own.filter(({ isCursor }) => !isCursor).map(({ query }) => query),
    Infinity,
  );
  const { url, stop } = await startRival(rival.program, catalogue.environment, cleanUp);
  await askFor(rivalWarmUpSeconds, url, expressible(rival, warmUpQueries(asked, WARM_UP_QUERIES)));
  const answers = await step(`Asking ${rival.name} for ${rivalSeconds} s at most`, () =>
    askFor(rivalSeconds, url, expressible(rival, asked).slice(0, rivalQueries)),
  );
  await stop();
  // One that is not there after two minutes counts as if it came then.
  const failed = answers.find(({ status }) => status !== 200 && status !== NO_ANSWER);
  if (failed) throw new Error(`${rival.name} answered ${failed.status} to ${failed.address}`);
  return answers;
}

function expressible(rival: Rival, queries: readonly CatalogueQuery[]): { query: CatalogueQuery; address: string }[] {
  return queries.flatMap((query) => {
    const address = rival.canonicalUrlOf(query);
    return address === undefined ? [] : [{ query, address }];
  });
}

/** With the plan of each, where this version of the service can explain a query. */
async function withPlans(worst: Report['worst'], { environment }: BenchCatalogue): Promise<Report['worst']> {
  const explained: Report['worst'][number][] = [];
  for (const answer of worst) {
    const queryString = answer.address.slice(answer.address.indexOf('?') + 1);
    const { code, stdout } = await start('cli', ['explain', queryString], environment, tmpdir()).finished;
    if (code !== 0) return worst;
    explained.push({ ...answer, plan: stdout.trim().split('\n').slice(0, 3) });
  }
  return explained;
}

function write(report: Report, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'queries.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(directory, 'queries.svg'), toChart(report));
  process.stdout.write(`${toText(report)}\nWritten: ${directory}/queries.json and queries.svg\n`);
}

function sayWhatFailed(answers: readonly Answer[]): boolean {
  const failed = answers.filter(({ status }) => status !== 200);
  if (failed.length > 0) process.stderr.write(`${failed.length} of ${answers.length} answers were not a 200:\n`);
  for (const { status, address, body } of failed.slice(0, 20))
    process.stderr.write(`  ${status} ${address} ${body.detail ?? ''}\n`);
  return failed.length === 0;
}
