/**
 * Sends events while faults are injected into replicas, their database connections, the database and Redis. In the end
 * every acknowledged event has been applied exactly once. After Jepsen. A failing run prints its seed.
 * FARMLOKAL_FAULTS_SEED reproduces it; FARMLOKAL_FAULTS_SECONDS sets the duration.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openMysql, type TestDatabase } from '../support/databases';
import { Replicas, send, type Replica } from '../support/replicas';
import { startPrivateMysql, type PrivateMysql } from '../support/servers/private-mysql';
import { startPrivateRedis, type PrivateRedis } from '../support/servers/private-redis';
import { startProxy, type Proxy } from '../support/servers/proxy';
import { chanceFrom, pick, type Chance } from '../support/chance';
import { History } from './history';

const seed = Number(process.env['FARMLOKAL_FAULTS_SEED'] ?? randomInt(2 ** 31));
const seconds = Number(process.env['FARMLOKAL_FAULTS_SECONDS'] ?? 60);
const RECOVERY_TIMEOUT_MS = 60_000;

interface Slot {
  readonly proxy: Proxy;
  replica: Replica;
}

let mysql: PrivateMysql;
let redis: PrivateRedis;
let database: TestDatabase;
let replicas: Replicas;
const slots: Slot[] = [];

beforeAll(async () => {
  [mysql, redis] = await Promise.all([startPrivateMysql(['--innodb-flush-log-at-trx-commit=1']), startPrivateRedis()]);
  database = await openMysql(mysql.url, 'nemesis');
  replicas = new Replicas(database, { REDIS_URL: redis.url });
  await replicas.prepare();
  for (let at = 0; at < 3; at++) {
    const proxy = await startProxy('127.0.0.1', Number(mysql.url.port));
    slots.push({ proxy, replica: await serve(proxy) });
  }
});
afterAll(async () => {
  await replicas.remove();
  for (const { proxy } of slots) proxy.close();
  await mysql.remove();
  await redis.remove();
});

const serve = (proxy: Proxy) => replicas.serve({ MYSQL_PORT: String(proxy.port) });

/** Each fault recovers by itself. Only its timing and its target are random. */
const faults: Readonly<Record<string, (chance: Chance) => Promise<void>>> = {
  'a replica is killed': async (chance) => {
    const slot = pick(slots, chance);
    await replicas.stop('SIGKILL', slot.replica);
    slot.replica = await serve(slot.proxy);
  },
  'a replica is paused': async (chance) => {
    const { replica } = pick(slots, chance);
    replica.child.kill('SIGSTOP');
    await delay(1_000 + chance() * 6_000); // around the time limit for locks of a paused client
    replica.child.kill('SIGCONT');
  },
  'a replica loses its connections': async (chance) => {
    const { proxy } = pick(slots, chance);
    for (let times = 0; times < 5; times++) {
      proxy.cut();
      proxy.restore();
      await delay(chance() * 200);
    }
  },
  'a replica cannot reach the database': async (chance) => {
    const { proxy } = pick(slots, chance);
    proxy.cut();
    await delay(500 + chance() * 1_500);
    proxy.restore();
  },
  'a replica gets no response from the database': async (chance) => {
    const { proxy } = pick(slots, chance);
    proxy.freeze();
    await delay(500 + chance() * 1_500);
    proxy.thaw();
  },
  'the database is killed': async (chance) => {
    await mysql.kill();
    await delay(chance() * 2_000);
    await mysql.restart();
  },
  'Redis is killed': async (chance) => {
    await redis.kill();
    await delay(chance() * 1_000);
    await redis.restart();
  },
  'Redis is paused': async (chance) => {
    redis.pause();
    await delay(chance() * 1_000);
    redis.resume();
  },
};

async function injectFaults(endsAtMs: number): Promise<void> {
  const chance = chanceFrom(seed);
  while (performance.now() < endsAtMs) {
    await delay(chance() * 1_000);
    const name = pick(Object.keys(faults), chance);
    process.stdout.write(`  ${name}\n`);
    await faults[name]?.(chance);
  }
}

/** Sends each event until it has received one to five 2xx. Abandons 10 % of the events at the first other status. */
async function keepSending(sender: number, endsAtMs: number, history: History): Promise<void> {
  const chance = chanceFrom(seed + 1 + sender);
  for (let at = 0; performance.now() < endsAtMs; at++) {
    const id = `evt-${sender}-${at}`;
    const abandons = chance() < 0.1;
    const times = 1 + Math.floor(chance() * 5);
    history.recordSend(id);
    for (let acknowledged = 0; acknowledged < times;) {
      const status = await send(pick(slots, chance).replica.url, id, { event: 'test.count', id });
      history.recordStatus(id, status);
      if (status === 200 || status === 202) acknowledged += 1;
      else if (abandons) break;
      else await delay(100);
    }
    await delay(chance() * 100);
  }
}

it(
  `nemesis: no acknowledged event is lost and none is applied twice (FARMLOKAL_FAULTS_SEED=${seed})`,
  async () => {
    process.stdout.write(`FARMLOKAL_FAULTS_SEED=${seed}, ${seconds} s\n`);
    const history = new History();
    const endsAtMs = performance.now() + seconds * 1_000;
    const senders = [0, 1, 2, 3].map((sender) => keepSending(sender, endsAtMs, history));
    await Promise.all([injectFaults(endsAtMs), ...senders]);

    const recoveredByMs = performance.now() + RECOVERY_TIMEOUT_MS;
    while ((await replicas.countUnfinished()) > 0 && performance.now() < recoveredByMs) await delay(200);
    const findings = history.check(await replicas.applied());
    process.stdout.write(`${JSON.stringify(history.counts())} ${JSON.stringify(findings)}\n`);
    expect(await replicas.countUnfinished()).toBe(0);
    expect(findings).toEqual({ lost: [], duplicated: [], unexpected: [], acceptedTwice: [] });
    expect(Object.keys(history.counts()).sort()).toEqual(['200', '202', '503', 'events', 'none']);
  },
  (seconds + 120) * 1_000,
);
