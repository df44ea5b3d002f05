/**
 * Two replicas under a steady load for ten minutes, with one fault per minute. Memory, files and sockets stay flat
 * after a warm-up, and the only 5xx are 503 during a database outage. FARMLOKAL_SOAK_MINUTES sets the duration.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { summarise } from '../bench/report/statistics';
import { openMysql } from '../support/databases';
import { Replicas, type Replica } from '../support/replicas';
import { Sandbox } from '../support/sandbox';
import { startPrivateMysql, type PrivateMysql } from '../support/servers/private-mysql';
import { startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';
import { SteadyLoad, type Outcome } from '../support/steady-load';
import { medianOf, sampleOf, type Sample } from './process-samples';

const MINUTES = Number(process.env['FARMLOKAL_SOAK_MINUTES'] ?? 10);
const PER_SECOND = 100;
const FAULT_LASTS_MS = 15_000;
const SAMPLE_EVERY_MS = 5_000;
/** Time until caches, pools and compiled code have reached a steady state. */
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

interface Fault {
  readonly name: string;
  readonly isOfDatabase?: boolean;
  /** Injects the fault and recovers from it. */
  readonly inject: () => Promise<void>;
}

const faults: readonly Fault[] = [
  { name: 'no fault', inject: () => delay(0) },
  {
    name: 'Redis is killed',
    inject: async () => {
      await redis.kill();
      await delay(FAULT_LASTS_MS);
      await redis.restart();
    },
  },
  {
    name: 'the partner hangs',
    inject: async () => {
      await sandbox.inject('api', { kind: 'stall' });
      await delay(FAULT_LASTS_MS);
      await sandbox.clearFaults();
    },
  },
  {
    name: 'the database is killed',
    isOfDatabase: true,
    inject: async () => {
      await mysql.kill();
      await delay(FAULT_LASTS_MS);
      await mysql.restart();
    },
  },
  {
    name: '300 clients send their headers a byte at a time',
    inject: async () => {
      const ports = running.map(({ url }) => Number(new URL(url).port));
      const slow = Array.from({ length: 300 }, (_, at) => connect(ports[at % ports.length]!, '127.0.0.1'));
      for (const socket of slow) socket.on('error', () => undefined).write('GET /products HTTP/1.1\r\nx: ');
      await delay(FAULT_LASTS_MS);
      for (const socket of slow) socket.destroy();
    },
  },
  {
    name: 'Redis is paused',
    inject: async () => {
      redis.pause();
      await delay(FAULT_LASTS_MS);
      redis.resume();
    },
  },
  {
    name: 'the partner fails',
    inject: async () => {
      await sandbox.inject('api', { kind: 'status', status: 500 });
      await delay(FAULT_LASTS_MS);
      await sandbox.clearFaults();
    },
  },
  {
    name: 'clients disconnect before the response',
    inject: async () => {
      const untilMs = performance.now() + FAULT_LASTS_MS;
      while (performance.now() < untilMs) {
        await delay(20);
        const client = connect(Number(new URL(running[0]!.url).port), '127.0.0.1');
        client
          .on('error', () => undefined)
          .on('connect', () => {
            client.write('GET /products/1/availability HTTP/1.1\r\nhost: a\r\n\r\n', () => {
              client.destroy();
            });
          });
      }
    },
  },
];

interface InjectedFault extends Fault {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Injects one fault per minute, in the order of the list. */
async function injectFaults(): Promise<InjectedFault[]> {
  const injectedFaults: InjectedFault[] = [];
  const beganMs = performance.now();
  for (let minute = 0; minute < MINUTES; minute++) {
    await delay(Math.max(0, beganMs + minute * 60_000 - performance.now()));
    const fault = faults[minute % faults.length]!;
    const fromMs = Date.now();
    await fault.inject();
    injectedFaults.push({ ...fault, fromMs, toMs: Date.now() });
    process.stdout.write(`  minute ${minute + 1}: ${fault.name}\n`);
  }
  return injectedFaults;
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

/** A 503 is expected during a database outage and for the 5 s of recovery after it. */
function isExpected({ atMs, status }: Outcome, injectedFaults: readonly InjectedFault[]): boolean {
  const databaseFaults = injectedFaults.filter(({ isOfDatabase }) => isOfDatabase);
  return status === 503 && databaseFaults.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + 5_000);
}

it(
  'soak: resources stay flat and no request fails, except with 503 during a database outage',
  async () => {
    const load = new SteadyLoad(
      running.map(({ url }) => url),
      PER_SECOND,
    );
    const end = new AbortController();
    const watching = watch(end.signal);
    const [injectedFaults] = await Promise.all([injectFaults(), load.run(MINUTES * 60_000)]);
    end.abort();
    const samples = await watching;
    report(load.outcomes, samples);

    expect(load.failed.filter((outcome) => !isExpected(outcome, injectedFaults)).slice(0, 10)).toEqual([]);
    for (const processSamples of samples) {
      for (const [resource, mayGrow] of [
        ['residentMiB', 40],
        ['openFiles', 16],
        ['sockets', 16],
        ['handles', 16],
      ] as const) {
        const warm = medianOf(processSamples, resource, WARM_AFTER_MINUTES, MINUTES * 0.6);
        const late = medianOf(processSamples, resource, MINUTES * 0.7, MINUTES);
        expect({ resource, grownBy: late - warm, isFlat: late - warm <= mayGrow }).toMatchObject({ isFlat: true });
      }
    }
  },
  (MINUTES + 2) * 60_000,
);

function report(outcomes: readonly Outcome[], samples: readonly Sample[][]): void {
  const firstMs = outcomes[0]?.atMs ?? 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const ofMinute = outcomes.filter(({ atMs }) => Math.floor((atMs - firstMs) / 60_000) === minute);
    const { p50Ms, p99Ms } = summarise(ofMinute.map(({ tookMs }) => tookMs));
    const counts = new Map<number, number>();
    for (const { status = 0 } of ofMinute) counts.set(status, (counts.get(status) ?? 0) + 1);
    const counted = [...counts].map(([status, count]) => `${status}: ${count}`).join(', ');
    const usage = samples.map((processSamples) => {
      const median = (name: 'residentMiB' | 'sockets' | 'handles') =>
        Math.round(medianOf(processSamples, name, minute, minute + 1));
      return `${median('residentMiB')} MiB ${median('sockets')} sockets ${median('handles')} handles`;
    });
    process.stdout.write(
      `  minute ${minute + 1}: p50 ${p50Ms} ms, p99 ${p99Ms} ms; ${counted}; ${usage.join(' | ')}\n`,
    );
  }
}
