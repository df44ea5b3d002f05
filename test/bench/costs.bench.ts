/**
 * What a request costs each of those who serve it: processor time of the service's process, of the database and of
 * Redis. And how long after a change the primary is read, until a replica has it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { Agent, request } from 'undici';
import { openMysql } from '../support/databases';
import { build, start } from '../support/processes';
import { startReplication } from '../support/replication';
import { startRedis } from '../support/servers';
import { connectTo, openCatalogue, untilIdle } from './bench-catalogue';
import type { CleanUp } from '../support/clean-up';
import { startOwn, type Contender } from './contender';
import { hammer, toRequest } from './load-generator';
import { machineFacts } from './machine';
import type { BenchOptions } from './options';
import { step } from './progress';
import { summarise } from './statistics';

const CONNECTIONS = 16;
/** An event of a product that is not there would wait for it. */
const MIN_ROWS = 10_000;
const WORDS = ['tomato', 'mango', 'milk', 'honey', 'rice', 'spinach', 'okra', 'apple'];
/** Of clock ticks, in which Linux counts: sysconf(_SC_CLK_TCK). */
const TICK_MICROSECONDS = 10_000;

interface Ask {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Cost {
  readonly what: string;
  readonly requests: number;
  /** Microseconds of processor time a request. */
  readonly process: number;
  readonly database: number;
  readonly redis: number;
}

interface Servers {
  readonly database: number;
  readonly redis: number;
}

/** Resolves to true: an answer that is not what it should be ends it. */
export async function benchCosts(options: BenchOptions, cleanUp: CleanUp): Promise<boolean> {
  const few = options.isQuick ? 500 : 4_000;
  await step('Building', build);
  const rows = Math.max(options.rows, MIN_ROWS);
  const catalogue = await openCatalogue({ ...options, rows }, cleanUp);
  const connection = await connectTo(catalogue);
  cleanUp.add(() => connection.end());
  const redis = await startRedis();
  cleanUp.add(redis.stop);
  const servers = { database: await pidOfDatabase(connection), redis: await pidOfRedis(redis.url) };
  const common = { LOG_LEVEL: 'info', RATE_LIMIT_MAX: '1000000000', WEBHOOK_RATE_LIMIT_MAX: '0', REDIS_URL: redis.url };
  const own = async (settings: Record<string, string>) => {
    const contender = await startOwn(catalogue, { ...common, ...settings }, cleanUp, 'ignore');
    await askAll(contender, listsOf(few / 4)); // until it is compiled
    return contender;
  };
  const maker = await own({ WEBHOOK_WORKER: 'false' });
  const costs: Cost[] = [];
  const measure = async (what: string, contender: Contender, asks: readonly Ask[], settled?: () => Promise<void>) => {
    const cost = () => costOf(contender, servers, () => askAll(contender, asks), settled);
    costs.push({ what, ...(await step(what, cost)) });
  };

  const seconds = options.isQuick ? 2 : 6;
  const { etag } = await headersOf(maker, '/products?limit=20');
  for (const [what, headers, status] of [
    ['a page, fresh in this process', {}, 200],
    ['the same, not modified', { 'if-none-match': etag ?? '' }, 304],
  ] as const) {
    const again = () => hit(maker, headers, status, seconds);
    await again();
    costs.push({ what, ...(await step(what, () => costOf(maker, servers, again))) });
  }

  const pages = Array.from({ length: few }, (_, at) => ({
    path: `/products?limit=20&maxPrice=${(100 + at / 100).toFixed(2)}`,
  }));
  await measure('a page, made and kept', maker, pages);
  const sharing = await own({ WEBHOOK_WORKER: 'false' });
  await measure('a page, out of Redis', sharing, pages);
  await sharing.stop();

  const uncached = await own({ CACHE_ENABLED: 'false', WEBHOOK_WORKER: 'false' });
  await measure('a list, nothing cached: search', uncached, searchesOf(few));
  await measure('a list, nothing cached: near', uncached, nearOf(few));
  await measure('a list, nothing cached: of a category', uncached, categoriesOf(few));
  await measure('a product, nothing cached', uncached, productsOf(few));
  await uncached.stop();

  await measure('an event, accepted', maker, eventsOf('accepted', few));
  await maker.stop();
  const worker = await own({ CACHE_ENABLED: 'false' });
  await untilIdle(connection);
  await measure('an event, accepted and applied', worker, eventsOf('applied', few), () => untilIdle(connection));
  await worker.stop();

  const changes = options.isQuick ? 30 : 200;
  const caughtUp = await step('Changes beside a replica', () => measureReplica(changes, cleanUp));
  write({ facts: machineFacts(), server: catalogue.server, rows, costs, caughtUp }, options.outDirectory);
  return true;
}

/** Here and there among the products that the smallest catalogue has. */
const productOf = (at: number) => 1 + ((at * 7_919) % MIN_ROWS);
const listsOf = (count: number) => [
  ...searchesOf(count),
  ...nearOf(count),
  ...categoriesOf(count),
  ...productsOf(count),
];
const asksOf = (count: number, pathOf: (at: number) => string): Ask[] =>
  Array.from({ length: count }, (_, at) => ({ path: pathOf(at) }));
const searchesOf = (count: number) =>
  asksOf(count, (at) => `/products?search=${WORDS[at % WORDS.length]}&sort=price&page=${1 + (at % 40)}`);
const nearOf = (count: number) =>
  asksOf(
    count,
    (at) => `/products?near=${(18 + (at % 100) / 25).toFixed(2)},${(73 + (at % 70) / 20).toFixed(2)}&radiusKm=50`,
  );
const categoriesOf = (count: number) =>
  asksOf(count, (at) => `/products?category=fruits,dairy&minPrice=${at % 200}&page=${1 + (at % 9)}`);
const productsOf = (count: number) => asksOf(count, (at) => `/products/${productOf(at)}`);

let versions = 0;
const eventsOf = (name: string, count: number): Ask[] =>
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
  settled: () => Promise<void> = () => Promise.resolve(),
): Promise<Omit<Cost, 'what'>> {
  const pids = { process: pid, ...servers };
  const before = ticksOf(pids);
  const requests = await work();
  await settled();
  const after = ticksOf(pids);
  const each = (name: keyof typeof pids) => Math.round(((after[name] - before[name]) * TICK_MICROSECONDS) / requests);
  return { requests, process: each('process'), database: each('database'), redis: each('redis') };
}

/** Of all threads: utime and stime, the 14th and 15th field (proc(5)); the second may hold anything, in parentheses. */
function ticksOf<Name extends string>(pids: Readonly<Record<Name, number>>): Record<Name, number> {
  const ticks = Object.entries<number>(pids).map(([name, pid]) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [name, Number(fields[11]) + Number(fields[12])];
  });
  return Object.fromEntries(ticks) as Record<Name, number>;
}

async function askAll({ url }: Contender, asks: readonly Ask[]): Promise<number> {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  const left = asks.values();
  const asker = async () => {
    for (const { path, headers = {}, body } of left) {
      const method = body === undefined ? 'GET' : 'POST';
      const sent = { dispatcher, method, headers, ...(body !== undefined && { body }) } as const;
      const answer = await request(url + path, sent);
      await answer.body.dump();
      if (answer.statusCode >= 400 && answer.statusCode !== 404) throw new Error(`${path}: ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, asker));
  await dispatcher.close();
  return asks.length;
}

async function headersOf({ url }: Contender, path: string): Promise<Record<string, string | undefined>> {
  const answer = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } });
  await answer.arrayBuffer();
  return Object.fromEntries(answer.headers);
}

async function hit({ url }: Contender, headers: Record<string, string>, status: number, seconds: number) {
  const address = `${url}/products?limit=20`;
  const bytes = toRequest(address, { 'accept-encoding': 'identity', ...headers });
  const { latenciesMs, failed } = await hammer({ address, nextRequest: () => bytes, status }, CONNECTIONS, seconds);
  if (failed > 0) throw new Error(`${failed} answers were no ${status}`);
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

/** From when a change is seen, which is at the primary, until the replica is read again: it calls one product differently. */
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
  process.stdout.write(`\n${changes} changes: read from the replica again ${p50Ms} ms later, p99 ${p99Ms} ms\n`);
}
