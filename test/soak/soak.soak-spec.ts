/**
 * Two replicas under a steady load for ten minutes, with a fault at the beginning of each minute. Their memory, files and
 * sockets stay flat after a warm-up, and the only 5xx are 503 during a database outage. FARMLOKAL_SOAK_MINUTES sets the
 * duration.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { summarise } from '../bench/statistics';
import { openMysql } from '../support/databases';
import { startPrivateMysql, type PrivateMysql } from '../support/private-mysql';
import { startPrivateRedis, type PrivateRedis } from '../support/private-redis';
import { Replicas, type Replica } from '../support/replicas';
import { Sandbox } from '../support/sandbox';
import { medianOf, sampleOf, type Sample } from './process-samples';
import { SteadyLoad, type Seen } from '../support/steady-load';

const MINUTES = Number(process.env['FARMLOKAL_SOAK_MINUTES'] ?? 10);
const PER_SECOND = 100;
const FAULT_LASTS_MS = 15_000;
const SAMPLE_EVERY_MS = 5_000;
/** After that caches, pools and compiled code are what they will be. */
const WARM_AFTER_MINUTES = MINUTES * 0.3;

let mysql: PrivateMysql;
let redis: PrivateRedis;
let sandbox: Sandbox;
let replicas: Replicas;
let running: Replica[];

beforeAll(async () => {
  [mysql, redis, sandbox] = await Promise.all([startPrivateMysql(), startPrivateRedis(), Sandbox.start()]);
  const settings = { LOG_LEVEL: 'error', REDIS_URL: redis.url, ...sandbox.environment };
  replicas = new Replicas(await openMysql(mysql.url, 'soak'), settings);
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '20000');
  running = await Promise.all([replicas.serve(), replicas.serve()]);
});
afterAll(async () => {
  await replicas.remove();
  await Promise.all([mysql.remove(), redis.remove(), sandbox.stop()]);
});

interface Accident {
  readonly name: string;
  readonly isOfDatabase?: boolean;
  /** Ends what it began. */
  readonly happen: () => Promise<void>;
}

const accidents: readonly Accident[] = [
  { name: 'nothing', happen: () => delay(0) },
  {
    name: 'Redis is killed',
    happen: async () => {
      await redis.kill();
      await delay(FAULT_LASTS_MS);
      await redis.restart();
    },
  },
  {
    name: 'the partner hangs',
    happen: async () => {
      await sandbox.dial('api', { kind: 'stall' });
      await delay(FAULT_LASTS_MS);
      await sandbox.mend();
    },
  },
  {
    name: 'the database is killed',
    isOfDatabase: true,
    happen: async () => {
      await mysql.kill();
      await delay(FAULT_LASTS_MS);
      await mysql.restart();
    },
  },
  {
    name: '300 clients send their headers a byte at a time',
    happen: async () => {
      const ports = running.map(({ url }) => Number(new URL(url).port));
      const slow = Array.from({ length: 300 }, (_, at) => connect(ports[at % ports.length]!, '127.0.0.1'));
      for (const socket of slow) socket.on('error', () => undefined).write('GET /products HTTP/1.1\r\nx: ');
      await delay(FAULT_LASTS_MS);
      for (const socket of slow) socket.destroy();
    },
  },
  {
    name: 'Redis is paused',
    happen: async () => {
      redis.pause();
      await delay(FAULT_LASTS_MS);
      redis.resume();
    },
  },
  {
    name: 'the partner fails',
    happen: async () => {
      await sandbox.dial('api', { kind: 'status', status: 500 });
      await delay(FAULT_LASTS_MS);
      await sandbox.mend();
    },
  },
  {
    name: 'clients disconnect before they are answered',
    happen: async () => {
      const untilMs = performance.now() + FAULT_LASTS_MS;
      while (performance.now() < untilMs) {
        await delay(20);
        const gone = connect(Number(new URL(running[0]!.url).port), '127.0.0.1');
        gone
          .on('error', () => undefined)
          .on('connect', () => {
            gone.write('GET /products/1/availability HTTP/1.1\r\nhost: a\r\n\r\n', () => {
              gone.destroy();
            });
          });
      }
    },
  },
];

interface Mishap extends Accident {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One each minute, in the order of the list. */
async function letThingsHappen(): Promise<Mishap[]> {
  const mishaps: Mishap[] = [];
  const beganMs = performance.now();
  for (let minute = 0; minute < MINUTES; minute++) {
    await delay(Math.max(0, beganMs + minute * 60_000 - performance.now()));
    const accident = accidents[minute % accidents.length]!;
    const fromMs = Date.now();
    await accident.happen();
    mishaps.push({ ...accident, fromMs, toMs: Date.now() });
    process.stdout.write(`  minute ${minute + 1}: ${accident.name}\n`);
  }
  return mishaps;
}

async function watch(signal: AbortSignal): Promise<Sample[][]> {
  const samples: Sample[][] = running.map(() => []);
  const beganMs = performance.now();
  while (!signal.aborted) {
    const minute = (performance.now() - beganMs) / 60_000;
    for (const [at, { child, url }] of running.entries())
      samples[at]!.push(await sampleOf(child.pid ?? 0, url, minute));
    await delay(SAMPLE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

/** The database says 503 while it is away, and for the five seconds in which everything has recovered. */
function isExplained({ atMs, status }: Seen, mishaps: readonly Mishap[]): boolean {
  const away = mishaps.filter(({ isOfDatabase }) => isOfDatabase);
  return status === 503 && away.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + 5_000);
}

it(
  'soak: resources stay flat and no request fails, except with 503 during a database outage',
  async () => {
    const load = new SteadyLoad(
      running.map(({ url }) => url),
      PER_SECOND,
    );
    const over = new AbortController();
    const watching = watch(over.signal);
    const [mishaps] = await Promise.all([letThingsHappen(), load.run(MINUTES * 60_000)]);
    over.abort();
    const samples = await watching;
    report(load.seen, samples);

    expect(load.failed.filter((seen) => !isExplained(seen, mishaps)).slice(0, 10)).toEqual([]);
    for (const own of samples) {
      for (const [held, mayGrow] of [
        ['residentMiB', 40],
        ['openFiles', 16],
        ['sockets', 16],
        ['handles', 16],
      ] as const) {
        const warm = medianOf(own, held, WARM_AFTER_MINUTES, MINUTES * 0.6);
        const late = medianOf(own, held, MINUTES * 0.7, MINUTES);
        expect({ held, grownBy: late - warm, isFlat: late - warm <= mayGrow }).toMatchObject({ isFlat: true });
      }
    }
  },
  (MINUTES + 2) * 60_000,
);

function report(seen: readonly Seen[], samples: readonly Sample[][]): void {
  const firstMs = seen[0]?.atMs ?? 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const answers = seen.filter(({ atMs }) => Math.floor((atMs - firstMs) / 60_000) === minute);
    const { p50Ms, p99Ms } = summarise(answers.map(({ tookMs }) => tookMs));
    const counts = new Map<number, number>();
    for (const { status = 0 } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    const counted = [...counts].map(([status, count]) => `${status}: ${count}`).join(', ');
    const held = samples.map((own) => {
      const median = (name: 'residentMiB' | 'sockets' | 'handles') =>
        Math.round(medianOf(own, name, minute, minute + 1));
      return `${median('residentMiB')} MiB ${median('sockets')} sockets ${median('handles')} handles`;
    });
    process.stdout.write(`  minute ${minute + 1}: p50 ${p50Ms} ms, p99 ${p99Ms} ms; ${counted}; ${held.join(' | ')}\n`);
  }
}
