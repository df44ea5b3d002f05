/** Processes of the built service that share a database and a Redis, as in production. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cachePolicy } from '@testing/cache';
import { Redis } from 'ioredis';
import { createMysql, type TestDatabase } from '../support/databases';
import { eventually } from '../support/eventually';
import { metricAt, untilRedisIs } from '../support/metrics';
import { firstResponse, start, type Running } from '../support/processes';
import { LONG_REDIS_TIMEOUT, startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';
import { freePort } from '../support/servers/servers';

interface Replica extends Running {
  readonly url: string;
}

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
let database: TestDatabase;
let redis: PrivateRedis;
let commands: Redis;
let running: Running[] = [];

beforeAll(async () => {
  database = await createMysql();
  redis = await startPrivateRedis();
  commands = new Redis(redis.url);
  await cli('migrate');
  await cli('seed', '--rows', '500');
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGTERM');
  await Promise.all(running.map(({ finished }) => finished));
  running = [];
});
afterAll(async () => {
  commands.disconnect();
  await redis.kill();
  await database.drop();
  rmSync(directory, { recursive: true });
});

const environment = () => ({ ...database.environment, REDIS_URL: redis.url });

async function cli(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await start('cli', args, environment(), directory).finished;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function serve(settings: Readonly<Record<string, string>> = {}): Promise<Replica> {
  const port = await freePort();
  const production = {
    NODE_ENV: 'production',
    WEBHOOK_ALLOW_UNSIGNED: 'true',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    RATE_LIMIT_MAX: '0',
  };
  const process = start('api', [], { ...environment(), ...production, ...settings, PORT: String(port) }, directory);
  running.push(process);
  const url = `http://127.0.0.1:${port}`;
  await firstResponse(`${url}/categories`, process);
  return { ...process, url };
}

/** Returns the ids of the child processes from /proc. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Requests a URL on a new connection, so that requests are distributed over the processes of a port. */
const request = (url: string) => fetch(url, { headers: { connection: 'close' } });
const statusOf = async (url: string) => (await request(url)).status;
const outcomeOf = async (url: string) => (await request(url)).headers.get('cache-status') ?? '';

const metric = ({ url }: Replica, name: string) => metricAt(url, name);
const readsOf = (replica: Replica) => metric(replica, 'farmlokal_catalogue_read_duration_seconds_count');

/**
 * Opens a connection per URL, then sends all requests at once. Uses sockets, because 500 calls of `fetch` take CPU time
 * that the replicas need. `tookMs` is the time from the first request to the last response.
 */
async function sendBurst(urls: readonly string[]) {
  const requests = urls.map(async (url) => {
    const { hostname, port, host, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return { socket, head: `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n` };
  });
  const connected = await Promise.all(requests);
  const startedMs = performance.now();
  const responses = connected.map(async ({ socket, head }) => {
    socket.write(head);
    const [response] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return response.toString('latin1', 0, 'HTTP/1.1 200'.length);
  });
  const statuses = await Promise.all(responses);
  return { statuses, tookMs: performance.now() - startedMs };
}

describe('concurrent cache misses', () => {
  /** Sends 500 concurrent requests for an uncached page. Returns the database queries of each replica. */
  const burst = async (replicas: readonly Replica[], maxPrice: number) => {
    const before = await Promise.all(replicas.map(readsOf));
    const page = `/products?search=tomato&sort=price&maxPrice=${maxPrice}`;
    const urls = Array.from({ length: 500 }, (_, at) => `${replicas[at % replicas.length]!.url}${page}`);
    const { statuses, tookMs } = await sendBurst(urls);
    expect(new Set(statuses)).toEqual(new Set(['HTTP/1.1 200']));
    const after = await Promise.all(replicas.map(readsOf));
    return { reads: after.map((reads, at) => reads - before[at]!), tookMs };
  };
  /** A load that outlives its lease is repeated by another process, so a burst that took longer proves nothing. */
  const burstWithinLease = async (replicas: readonly Replica[]) => {
    for (let attempt = 1; attempt <= 20; attempt++) {
      const { reads, tookMs } = await burst(replicas, attempt);
      if (tookMs < cachePolicy.leaseMs) return reads;
    }
    throw new Error(`Every burst took longer than a lease of ${cachePolicy.leaseMs} ms`);
  };

  it('single flight: 500 concurrent clients of two replicas cost the database one query', async () => {
    const replicas = [await serve(LONG_REDIS_TIMEOUT), await serve(LONG_REDIS_TIMEOUT)];
    await untilRedisIs(1, ...replicas.map(({ url }) => url));
    const [first = 0, second = 0] = await burstWithinLease(replicas);
    expect(first + second).toBe(1);
  });

  it('single flight: without Redis, 500 concurrent clients cost the database one query per replica', async () => {
    const replicas = [await serve({ REDIS_URL: '' }), await serve({ REDIS_URL: '' })];
    expect((await burst(replicas, 1)).reads).toEqual([1, 1]);
  });
});

describe('Redis outage under load', () => {
  /** Requests cached and uncached pages in turn until `stop`. */
  function startLoad(replicas: readonly Replica[]) {
    const statuses = new Map<number, number>();
    let isOver = false;
    let sent = 0;
    const client = async () => {
      while (!isOver) {
        sent += 1;
        const path = sent % 2 ? '/products' : `/products?maxPrice=${sent}`;
        const { url } = replicas[sent % replicas.length]!;
        const { status } = await fetch(`${url}${path}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    const count = () => [...statuses.values()].reduce((sum, each) => sum + each, 0);
    return {
      more: async () => {
        const before = count();
        await eventually(count, (now) => now > before + 300);
      },
      stop: async () => {
        isOver = true;
        await Promise.all(clients);
        return [...statuses.keys()];
      },
    };
  }

  it.each([
    ['killed', 1, () => redis.kill(), () => redis.restart()],
    ['paused', 2, () => redis.pause(), () => redis.resume()],
  ] as const)('Redis outage: no request fails while Redis is %s', async (_, producer, fail, release) => {
    const replicas = [await serve({ RATE_LIMIT_MAX: '1000000' }), await serve({ RATE_LIMIT_MAX: '1000000' })];
    const load = startLoad(replicas);
    await load.more();
    await fail();
    await load.more();
    const available = await Promise.all(replicas.map((each) => metric(each, 'farmlokal_redis_available')));
    const failed = await Promise.all(replicas.map((each) => metric(each, 'farmlokal_redis_failures_total')));
    await load.more();
    const failedLater = await Promise.all(replicas.map((each) => metric(each, 'farmlokal_redis_failures_total')));
    await release();
    await untilRedisIs(1, ...replicas.map(({ url }) => url));
    await load.more();
    expect(await load.stop()).toEqual([200]);
    expect(available).toEqual([0, 0]);
    // Commands in flight at the outage: at most three for each of eight clients. Later commands do not time out.
    expect(Math.max(...failed)).toBeLessThanOrEqual(24);
    expect(failedLater).toEqual(failed);
    const newPath = `/products?producerId=${producer}`;
    expect(await outcomeOf(`${replicas[0]!.url}${newPath}`)).toContain('stored');
    await eventually(
      () => outcomeOf(`${replicas[1]!.url}${newPath}`),
      (outcome) => outcome.includes('hit'),
    );
  });
});

describe('import command', () => {
  it('invalidation: after an import, every replica returns the imported products', async () => {
    const replicas = [await serve(), await serve()];
    const totalAt = async ({ url }: Replica) => {
      const page = (await (await request(`${url}/products?search=quince&count=exact`)).json()) as {
        pagination: { total: number };
      };
      return page.pagination.total;
    };
    expect(await Promise.all(replicas.map(totalAt))).toEqual([0, 0]);
    const file = join(directory, 'quinces.csv');
    const lines = Array.from({ length: 1_000 }, (_, at) => `q${at},Quince ${at},fruits,10,Farm\n`);
    writeFileSync(file, `id,name,category,price,producer\n${lines.join('')}`);
    await cli('import', file, '--set', 'unit=kg');
    for (const each of replicas)
      await eventually(
        () => totalAt(each),
        (total) => total === 1_000,
      );
  });
});

it('SIGTERM: a process exits with 0 and has logged its last request', async () => {
  const { url, child, finished } = await serve({ LOG_LEVEL: 'info' });
  await fetch(`${url}/products`, { headers: { 'x-request-id': 'the-last-one', connection: 'close' } });
  child.kill('SIGTERM');
  const { code, stdout } = await finished;
  expect(code).toBe(0);
  expect(stdout).toContain('the-last-one');
});

it('unhandled rejection: it is logged, and the process keeps serving', async () => {
  const preload = join(directory, 'rejecting.cjs');
  writeFileSync(preload, `setTimeout(() => void Promise.reject(new Error('unhandled by the test')), 2_500);`);
  const { url, child, finished } = await serve({ NODE_OPTIONS: `--require ${preload}` });
  await delay(3_000);
  expect(await statusOf(`${url}/products`)).toBe(200);
  child.kill('SIGTERM');
  expect((await finished).stdout).toContain('unhandled by the test');
});

describe('WEB_CONCURRENCY', () => {
  beforeEach(() => commands.flushall()); // pages and hits of earlier tests

  it('WEB_CONCURRENCY: processes on one port share the cache and the rate limit', async () => {
    const { url } = await serve({ ...LONG_REDIS_TIMEOUT, WEB_CONCURRENCY: '2', RATE_LIMIT_MAX: '40' });
    const outcomes = [];
    for (let at = 0; at < 20; at++) outcomes.push(await outcomeOf(`${url}/products?search=potato`));
    expect(outcomes.filter((outcome) => outcome.includes('miss'))).toHaveLength(1);
    const statuses = await Promise.all(Array.from({ length: 60 }, () => statusOf(`${url}/products`)));
    const admitted = statuses.filter((status) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(40 - 21);
    expect(admitted).toBeLessThanOrEqual(40 - 21 + 2);
  });

  it('metrics: any process on a port reports the sum of all', async () => {
    const { url } = await serve({ WEB_CONCURRENCY: '2' });
    await eventually(
      () => metricAt(url, 'farmlokal_database_reachable').catch(() => 0), // 503 while the other process starts
      (isReachable) => isReachable === 1,
    );
    for (let at = 0; at < 20; at++) await statusOf(`${url}/problems/internal-error`);
    const counted = () =>
      metricAt(url, 'farmlokal_http_request_duration_seconds_count{method="GET",route="/problems/:code",status="200"}');
    for (let at = 0; at < 4; at++) expect(await counted()).toBe(20);
  });

  it('WEB_CONCURRENCY: a killed process is replaced, and SIGTERM ends all with exit code 0', async () => {
    const { url, child, finished } = await serve({ WEB_CONCURRENCY: '2' });
    const workers = () => childrenOf(child.pid ?? 0);
    const [victim = 0] = await eventually(workers, (pids) => pids.length === 2);
    process.kill(victim, 'SIGKILL');
    await eventually(workers, (pids) => pids.length === 2 && !pids.includes(victim));
    await eventually(
      () => statusOf(`${url}/products`).catch(() => 'connection refused'),
      (status) => status === 200,
    );
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
  });
});
