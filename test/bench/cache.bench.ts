/**
 * Throughput of a cached page on 32 connections: the built service with rate limits, request ids and access log; a bare
 * Fastify route that sends the same bytes; and a Nest controller that reads the page from Redis. Measured in rounds.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { CleanUp } from '../support/clean-up';
import { build } from '../support/processes';
import { startRedis } from '../support/servers/servers';
import { openCatalogue } from './bench-catalogue';
import { startOwn, startBaseline, type Contender } from './contender';
import { generateLoad, toRequest } from './load-generator';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { step } from './progress';
import { summarise } from './report/statistics';

const PAGE = '/products?limit=20';
const CONNECTIONS = 32;
/** The size of the catalogue does not affect cached pages. */
const ROWS = 10_000;

/** Requests are logged (to /dev/null) and counted, and none is refused. */
const UNREACHED_LIMITS = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '1000000000' };

const full = { rounds: 7, seconds: 6 };
const quick = { rounds: 3, seconds: 3 };

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

interface Result {
  readonly coding: Coding;
  readonly bytes: number;
  readonly contenders: readonly (Round & { readonly name: string })[];
}

type Coding = 'identity' | 'br';

/** Resolves to true if every response was a 200. */
export async function benchCache(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  await step('Building', build);
  const catalogue = await openCatalogue({ ...options, rows: ROWS }, cleanUp);
  const redis = await startRedis();
  cleanUp.add(redis.stop);
  const own = await startOwn(catalogue, { ...UNREACHED_LIMITS, REDIS_URL: redis.url }, cleanUp, 'ignore');
  const results: Result[] = [];
  for (const coding of ['identity', 'br'] as const) {
    const page = await readPage(own, coding);
    const environment = { REDIS_URL: redis.url, PAGE_FILE: toFile(page), PAGE_CODING: coding };
    const contenders: [string, Contender][] = [
      ['FarmLokal, cached', own],
      ['bare Fastify, the same bytes', await startBaseline(['bare-fastify.server.js'], environment, cleanUp)],
    ];
    if (coding === 'identity')
      contenders.push(['Nest, Redis, JSON', await startBaseline(['nest-redis.server.js'], environment, cleanUp)]);
    const rounds = options.isQuick ? quick : full;
    results.push({ coding, bytes: page.length, contenders: await inRounds(contenders, coding, rounds) });
  }
  write(results, options.outDirectory);
  return results.every(({ contenders }) => contenders.every(({ failed }) => failed === 0));
}

function readPage({ url }: Contender, coding: Coding): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(`${url}${PAGE}`, { headers: { 'accept-encoding': coding } }, (response) => {
      buffer(response).then(resolve, reject);
    }).on('error', reject);
  });
}

function toFile(page: Buffer): string {
  const file = join(mkdtempSync(join(tmpdir(), 'farmlokal-bench-')), 'page');
  writeFileSync(file, page);
  return file;
}

/** Measures all contenders in each round, so that other load on the machine affects all alike. Round 0 warms up. */
async function inRounds(contenders: readonly [string, Contender][], coding: Coding, { rounds, seconds }: typeof full) {
  const measured = new Map<string, Round[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    await step(`Round ${round} of ${rounds}, ${coding}`, async () => {
      for (const [name, { url }] of contenders) {
        const result = await load(`${url}${PAGE}`, coding, seconds);
        if (round > 0) measured.get(name)?.push(result);
      }
    });
  }
  return [...measured].map(([name, results]) => ({ name, ...median(results) }));
}

async function load(url: string, coding: Coding, seconds: number): Promise<Round> {
  const request = toRequest(url, { 'accept-encoding': coding });
  const target = { endpoint: url, nextRequest: () => request, status: 200 };
  const { latenciesMs, failed } = await generateLoad(target, CONNECTIONS, seconds);
  const { p50Ms, p99Ms, requests } = summarise(latenciesMs);
  return { perSecond: Math.round(requests / seconds), p50Ms, p99Ms, failed };
}

function median(rounds: readonly Round[]): Round {
  const middle = (of: (round: Round) => number) =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  return {
    perSecond: middle((round) => round.perSecond),
    p50Ms: middle((round) => round.p50Ms),
    p99Ms: middle((round) => round.p99Ms),
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
  };
}

function write(results: readonly Result[], directory: string): void {
  const report = { facts: machineFacts(), page: PAGE, connections: CONNECTIONS, results };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'cache.json'), `${JSON.stringify(report, null, 2)}\n`);
  const lines = results.flatMap(({ coding, bytes, contenders }) => {
    const [own] = contenders;
    return contenders.map(({ name, perSecond, p50Ms, p99Ms, failed }) => {
      const share = Math.round((100 * (own?.perSecond ?? 0)) / perSecond);
      return `| ${name} | ${coding}, ${bytes} B | ${perSecond} | ${share} % | ${p50Ms} | ${p99Ms} | ${failed} |`;
    });
  });
  const head =
    '| | page | requests/s | FarmLokal relative to it | p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|';
  process.stdout.write(`${head}\n${lines.join('\n')}\n`);
}
