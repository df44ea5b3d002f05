/**
 * Processor time per request of the service's process, the database and Redis; and the time after a change until reads
 * return from the primary to the replica.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { Agent, request } from 'undici';
import type { CleanUp } from '../support/clean-up';
import { openMysql } from '../support/databases';
import { build, start } from '../support/processes';
import { startReplication } from '../support/servers/replication';
import { startRedis } from '../support/servers/servers';
import { connectTo, openCatalogue, untilIdle } from './bench-catalogue';
import { startOwn, type Contender } from './contender';
import { generateLoad, toRequest } from './load-generator';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { processorTimeMs } from './process-time';
import { step } from './progress';
import { summarise } from './report/statistics';

const CONNECTIONS = 16;
/** Number of products that events refer to. An event for a missing product would be retried. */
const MIN_ROWS = 10_000;
const WORDS = ['tomato', 'mango', 'milk', 'honey', 'rice', 'spinach', 'okra', 'apple'];

interface RequestSpec {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Cost {
  readonly what: string;
  readonly requests: number;
  /** Microseconds of processor time per request. */
  readonly process: number;
  readonly database: number;
  readonly redis: number;
}

interface Servers {
  readonly database: number;
  readonly redis: number;
}

/** Resolves to true. Throws if a response has an unexpected status. */
export async function benchCosts(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  const requestCount = options.isQuick ? 500 : 4_000;
  await step('Building', build);
  const rows = Math.max(options.rows, MIN_ROWS);
  const catalogue = await openCatalogue({ ...options, rows }, cleanUp);
  const connection = await connectTo(catalogue);
  cleanUp.add(() => connection.end());
  const redis = await startRedis();
  cleanUp.add(redis.stop);
  const servers = { database: await pidOfDatabase(connection), redis: await pidOfRedis(redis.url) };
  const common = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '1000000000', WEBHOOK_RATE_LIMIT_MAX: '0', REDIS_URL: redis.url };
  const startWith = async (settings: Record<string, string>) => {
    const contender = await startOwn(catalogue, { ...common, ...settings }, cleanUp, 'ignore');
    await sendAll(contender, listsOf(requestCount / 4)); // warm-up: compiles the code
    return contender;
  };
  const first = await startWith({ WEBHOOK_WORKER: 'false' });
  const costs: Cost[] = [];
  const measure = async (
    what: string,
    contender: Contender,
    specs: readonly RequestSpec[],
    untilSettled?: () => Promise<void>,
  ) => {
    const cost = () => costOf(contender, servers, () => sendAll(contender, specs), untilSettled);
    costs.push({ what, ...(await step(what, cost)) });
  };

  const seconds = options.isQuick ? 2 : 6;
  const { etag } = await headersOf(first, '/products?limit=20');
  for (const [what, headers, status] of [
    ['a page, L1 hit', {}, 200],
    ['the same, 304 Not Modified', { 'if-none-match': etag ?? '' }, 304],
  ] as const) {
    const again = () => loadPage(first, headers, status, seconds);
    await again();
    costs.push({ what, ...(await step(what, () => costOf(first, servers, again))) });
  }

  const pages = Array.from({ length: requestCount }, (_, at) => ({
    path: `/products?limit=20&maxPrice=${(100 + at / 100).toFixed(2)}`,
  }));
  await measure('a page, miss: loaded and stored', first, pages);
  const second = await startWith({ WEBHOOK_WORKER: 'false' });
  await measure('a page, L2 hit (Redis)', second, pages);
  await second.stop();

  const uncached = await startWith({ CACHE_ENABLED: 'false', WEBHOOK_WORKER: 'false' });
  await measure('a list, nothing cached: search', uncached, searchesOf(requestCount));
  await measure('a list, nothing cached: near', uncached, nearOf(requestCount));
  await measure('a list, nothing cached: of a category', uncached, categoriesOf(requestCount));
  await measure('a product, nothing cached', uncached, productsOf(requestCount));
  await uncached.stop();

  await measure('an event, accepted', first, eventsOf('accepted', requestCount));
  await first.stop();
  const worker = await startWith({ CACHE_ENABLED: 'false' });
  await untilIdle(connection);
  await measure('an event, accepted and applied', worker, eventsOf('applied', requestCount), () =>
    untilIdle(connection),
  );
  await worker.stop();

  const changes = options.isQuick ? 30 : 200;
  const caughtUp = await step('Changes with a replica', () => measureReplica(changes, cleanUp));
  write({ facts: machineFacts(), server: catalogue.server, rows, costs, caughtUp }, options.outDirectory);
  return true;
}

/** Returns ids spread over the products of the smallest catalogue. */
const productOf = (at: number) => 1 + ((at * 7_919) % MIN_ROWS);
const listsOf = (count: number) => [
  ...searchesOf(count),
  ...nearOf(count),
  ...categoriesOf(count),
  ...productsOf(count),
];
const specsOf = (count: number, pathOf: (at: number) => string): RequestSpec[] =>
  Array.from({ length: count }, (_, at) => ({ path: pathOf(at) }));
const searchesOf = (count: number) =>
  specsOf(count, (at) => `/products?search=${WORDS[at % WORDS.length]}&sort=price&page=${1 + (at % 40)}`);
const nearOf = (count: number) =>
  specsOf(
    count,
    (at) => `/products?near=${(18 + (at % 100) / 25).toFixed(2)},${(73 + (at % 70) / 20).toFixed(2)}&radiusKm=50`,
  );
const categoriesOf = (count: number) =>
  specsOf(count, (at) => `/products?category=fruits,dairy&minPrice=${at % 200}&page=${1 + (at % 9)}`);
const productsOf = (count: number) => specsOf(count, (at) => `/products/${productOf(at)}`);

let versions = 0;
const eventsOf = (name: string, count: number): RequestSpec[] =>
  Array.from({ length: count }, (_, at) => ({
    path: '/webhook',
    headers: { 'content-type': 'application/json', 'x-event-id': `${name}-${at}` },
    body: JSON.stringify({
      event: 'stock.updated',
      id: `demo-${String(productOf(at)).padStart(9, '0')}`,
      version: (versions += 1),
      data: { stock: at % 100 },
    }),
  }));

async function costOf(
  { pid }: Contender,
  servers: Servers,
  work: () => Promise<number>,
  untilSettled: () => Promise<void> = () => Promise.resolve(),
): Promise<Omit<Cost, 'what'>> {
  const pids = { process: pid, ...servers };
  const before = processorTimes(pids);
  const requests = await work();
  await untilSettled();
  const after = processorTimes(pids);
  const each = (name: keyof typeof pids) => Math.round(((after[name] - before[name]) * 1_000) / requests);
  return { requests, process: each('process'), database: each('database'), redis: each('redis') };
}

/** Processor time of each process, in ms. */
function processorTimes<Name extends string>(pids: Readonly<Record<Name, number>>): Record<Name, number> {
  const times = Object.entries<number>(pids).map(([name, pid]) => [name, processorTimeMs(pid)]);
  return Object.fromEntries(times) as Record<Name, number>;
}

async function sendAll({ url }: Contender, specs: readonly RequestSpec[]): Promise<number> {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const remaining = specs.values();
  const client = async () => {
    for (const { path, headers = {}, body } of remaining) {
      const method = body === undefined ? 'GET' : 'POST';
      const sent = { dispatcher, method, headers, ...(body !== undefined && { body }) } as const;
      const response = await request(url + path, sent);
      await response.body.dump();
      if (response.statusCode >= 400 && response.statusCode !== 404) throw new Error(`${path}: ${response.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  await dispatcher.close();
  return specs.length;
}

async function headersOf({ url }: Contender, path: string): Promise<Record<string, string | undefined>> {
  const response = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } });
  await response.arrayBuffer();
  return Object.fromEntries(response.headers);
}

async function loadPage({ url }: Contender, headers: Record<string, string>, status: number, seconds: number) {
  const endpoint = `${url}/products?limit=20`;
  const bytes = toRequest(endpoint, { 'accept-encoding': 'identity', ...headers });
  const { latenciesMs, failed } = await generateLoad(
    { endpoint, nextRequest: () => bytes, status },
    CONNECTIONS,
    seconds,
  );
  if (failed > 0) throw new Error(`${failed} responses did not have status ${status}`);
  return latenciesMs.length;
}

async function pidOfDatabase(connection: Connection): Promise<number> {
  const [[row]] = await connection.query<RowDataPacket[]>('SELECT @@pid_file AS file');
  return Number(readFileSync(String(row?.['file']), 'utf8'));
}

async function pidOfRedis(url: string): Promise<number> {
  const redis = new Redis(url);
  const [, pid] = /process_id:(\d+)/.exec(await redis.info('server')) ?? [];
  redis.disconnect();
  return Number(pid);
}

/**
 * Measures the time from the first read of a change, at the primary, until the replica is read again. The name of
 * product 1 differs on the replica, so that a response shows which server was read.
 */
async function measureReplica(changes: number, cleanUp: CleanUp) {
  const replication = await startReplication();
  cleanUp.add(replication.remove);
  const database = await openMysql(replication.primary.url, 'catalogue');
  for (const args of [['migrate'], ['seed', '--rows', '5000']])
    await start('cli', args, database.environment, '/tmp').finished;
  const settings = { CACHE_ENABLED: 'false', RATE_LIMIT_MAX: '0', WEBHOOK_RATE_LIMIT_MAX: '0', LOG_LEVEL: 'warn' };
  const replicas = { MYSQL_REPLICA_HOSTS: `127.0.0.1:${replication.replica.url.port}` };
  const own = await startOwn({ ...database, server: '' }, { ...settings, ...replicas }, cleanUp);
  const product = async (id: number) =>
    (await (await fetch(`${own.url}/products/${id}`)).json()) as { name: string; stock: number };
  await delay(2_000);
  await replication.onReplica(`UPDATE catalogue.products SET name = 'Replica' WHERE id = 1`);
  const tookMs: number[] = [];
  for (let stock = 1; stock <= changes; stock++) {
    while ((await product(1)).name !== 'Replica');
    const event = { event: 'stock.updated', id: 'demo-000000002', version: 1_000 + stock, data: { stock } };
    const headers = { 'content-type': 'application/json', 'x-event-id': `change-${stock}` };
    await fetch(`${own.url}/webhook`, { method: 'POST', headers, body: JSON.stringify(event) });
    while ((await product(2)).stock !== stock);
    const seenMs = performance.now();
    while ((await product(1)).name !== 'Replica');
    tookMs.push(performance.now() - seenMs);
  }
  const { p50Ms, p99Ms } = summarise(tookMs);
  return { changes, p50Ms, p99Ms };
}

interface Report {
  readonly costs: readonly Cost[];
  readonly caughtUp: { readonly changes: number; readonly p50Ms: number; readonly p99Ms: number };
}

function write(report: Report & Record<string, unknown>, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'costs.json'), `${JSON.stringify(report, null, 2)}\n`);
  const lines = report.costs.map(
    ({ what, requests, process: own, database, redis }) =>
      `| ${what} | ${requests} | ${own} | ${database} | ${redis} |`,
  );
  const { changes, p50Ms, p99Ms } = report.caughtUp;
  process.stdout.write(
    `| µs of processor time | requests | process | database | Redis |\n|---|---|---|---|---|\n${lines.join('\n')}\n`,
  );
  process.stdout.write(
    `\n${changes} changes: reads return to the replica after ${p50Ms} ms (p50), ${p99Ms} ms (p99)\n`,
  );
}
