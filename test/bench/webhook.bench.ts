/**
 * Accepted events per second, with the database log flushed at each commit and once per second: a replica that only
 * accepts events, a replica that also applies them, and a bare Fastify route with one INSERT. Each of 32 senders sends
 * its next event after the response to the last. Measured in rounds.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { CleanUp } from '../support/clean-up';
import { build } from '../support/processes';
import { startMysql } from '../support/servers/servers';
import { connectTo, openCatalogue, untilIdle, type BenchCatalogue } from './bench-catalogue';
import { startOwn, startBaseline, type Contender } from './contender';
import { generateLoad, toRequest } from './load-generator';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { step } from './progress';
import { summarise } from './report/statistics';

const SENDERS = 32;
const PRODUCTS = 10_000;

const full = { rounds: 5, seconds: 6 };
const quick = { rounds: 2, seconds: 3 };

const NO_RATE_LIMITS = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '0', WEBHOOK_RATE_LIMIT_MAX: '0' };

interface Candidate extends Contender {
  readonly name: string;
  /** Connection on which applied events are counted; undefined if the candidate applies none. */
  readonly countConnection: Connection | undefined;
}

interface Round {
  readonly perSecond: number;
  readonly appliedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

type Result = Round & { readonly name: string; readonly flush: 1 | 2 };

/** Resolves to true if every event was accepted. */
export async function benchWebhook(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  await step('Building', build);
  const url = options.serverUrl ?? (await startServer(cleanUp));
  const open = () => openCatalogue({ ...options, serverUrl: url, isKept: false, rows: PRODUCTS }, cleanUp);
  const [accepting, applying] = [await open(), await open()];
  const server = await createConnection(url.href);
  const connectionOfApplying = await connectTo(applying);
  cleanUp.add(() => Promise.all([server.end(), connectionOfApplying.end()]));
  const settings = (worker: boolean) => ({ ...NO_RATE_LIMITS, WEBHOOK_WORKER: String(worker) });
  const start = async (
    name: string,
    contender: Promise<Contender>,
    countConnection?: Connection,
  ): Promise<Candidate> => ({
    name,
    countConnection,
    ...(await contender),
  });
  const candidates = [
    await start('accepts', startOwn(accepting, settings(false), cleanUp, 'ignore')),
    await start('accepts and applies', startOwn(applying, settings(true), cleanUp, 'ignore'), connectionOfApplying),
    await start('bare Fastify, one INSERT', startBaseline(['bare-inbox.server.js'], accepting.environment, cleanUp)),
  ];
  const results: Result[] = [];
  for (const flush of [1, 2] as const) {
    await server.query(`SET GLOBAL innodb_flush_log_at_trx_commit = ${flush}`);
    results.push(...(await inRounds(candidates, flush, options.isQuick ? quick : full)));
  }
  write(results, accepting, options.outDirectory);
  return results.every(({ failed }) => failed === 0);
}

async function startServer(cleanUp: CleanUp): Promise<URL> {
  const server = await step('Starting a database server', () =>
    startMysql(['--innodb-buffer-pool-size=1G', '--local-infile=1']),
  );
  cleanUp.add(server.stop);
  return new URL(server.url);
}

/** Measures all candidates in each round. Round 0 warms up. */
async function inRounds(candidates: readonly Candidate[], flush: 1 | 2, { rounds, seconds }: typeof full) {
  const measured = new Map<string, Round[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    await step(
      `Round ${round} of ${rounds}, log flushed ${flush === 1 ? 'at each commit' : 'once a second'}`,
      async () => {
        for (const candidate of candidates) {
          const result = await load(candidate, seconds);
          if (round > 0) measured.get(candidate.name)?.push(result);
        }
      },
    );
  }
  return [...measured].map(([name, results]) => ({ name, flush, ...median(results) }));
}

let sent = 0;

async function load({ url, countConnection }: Candidate, seconds: number): Promise<Round> {
  const endpoint = `${url}/webhook`;
  const nextRequest = () => {
    sent += 1;
    const id = `demo-${String(randomInt(PRODUCTS) + 1).padStart(9, '0')}`;
    const body = JSON.stringify({ event: 'stock.updated', id, version: sent, data: { stock: sent % 100 } });
    return toRequest(endpoint, { 'x-event-id': `evt-${sent}`, 'content-type': 'application/json' }, body);
  };
  const before = await countApplied(countConnection);
  const { latenciesMs, failed } = await generateLoad({ endpoint, nextRequest, status: 202 }, SENDERS, seconds);
  const applied = (await countApplied(countConnection)) - before;
  if (countConnection !== undefined) await untilIdle(countConnection); // before the next measurement
  const { p50Ms, p99Ms, requests } = summarise(latenciesMs);
  return {
    perSecond: Math.round(requests / seconds),
    appliedPerSecond: Math.round(applied / seconds),
    p50Ms,
    p99Ms,
    failed,
  };
}

async function countApplied(connection: Connection | undefined): Promise<number> {
  if (connection === undefined) return 0;
  const [[row]] = await connection.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS n FROM webhook_events WHERE state IN ('DONE', 'SKIPPED')`,
  );
  return Number(row?.['n']);
}

function median(rounds: readonly Round[]): Round {
  const middle = (of: (round: Round) => number) =>
    rounds.map(of).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  return {
    perSecond: middle((round) => round.perSecond),
    appliedPerSecond: middle((round) => round.appliedPerSecond),
    p50Ms: middle((round) => round.p50Ms),
    p99Ms: middle((round) => round.p99Ms),
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
  };
}

function write(results: readonly Result[], { server }: BenchCatalogue, directory: string): void {
  const report = { facts: machineFacts(), server, senders: SENDERS, products: PRODUCTS, results };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'webhook.json'), `${JSON.stringify(report, null, 2)}\n`);
  const lines = results.map((result) => {
    const bare = results.findLast(({ flush }) => flush === result.flush);
    const share = Math.round((100 * result.perSecond) / (bare?.perSecond ?? 1));
    const { name, flush, perSecond, appliedPerSecond, p50Ms, p99Ms, failed } = result;
    return `| ${name} | ${flush} | ${perSecond} | ${share} % | ${appliedPerSecond} | ${p50Ms} | ${p99Ms} | ${failed} |`;
  });
  const head =
    '| | flush | accepted/s | of bare Fastify | applied/s | p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|---|';
  process.stdout.write(`${head}\n${lines.join('\n')}\n`);
}
