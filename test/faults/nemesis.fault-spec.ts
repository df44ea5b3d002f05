/**
 * Events are sent while replicas, their connections to the database, the database and Redis fail one after another. In
 * the end every acknowledged event has been applied once. After Jepsen. A failing run prints its seed;
 * FARMLOKAL_FAULTS_SEED repeats it, FARMLOKAL_FAULTS_SECONDS makes it longer.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openMysql, type TestDatabase } from '../support/databases';
import { startPrivateMysql, type PrivateMysql } from '../support/private-mysql';
import { startPrivateRedis, type PrivateRedis } from '../support/private-redis';
import { startProxy, type Proxy } from '../support/proxy';
import { Replicas, send, type Replica } from '../support/replicas';
import { chanceFrom, pick, type Chance } from './chance';
import { History } from './history';

const seed = Number(process.env['FARMLOKAL_FAULTS_SEED'] ?? randomInt(2 ** 31));
const seconds = Number(process.env['FARMLOKAL_FAULTS_SECONDS'] ?? 60);
const RECOVERS_WITHIN_MS = 60_000;

interface Seat {
  readonly wire: Proxy;
  replica: Replica;
}

let mysql: PrivateMysql;
let redis: PrivateRedis;
let database: TestDatabase;
let replicas: Replicas;
const seats: Seat[] = [];

beforeAll(async () => {
  [mysql, redis] = await Promise.all([startPrivateMysql(['--innodb-flush-log-at-trx-commit=1']), startPrivateRedis()]);
  database = await openMysql(mysql.url, 'nemesis');
  replicas = new Replicas(database, { REDIS_URL: redis.url });
  await replicas.prepare();
  for (let at = 0; at < 3; at++) {
    const wire = await startProxy('127.0.0.1', Number(mysql.url.port));
    seats.push({ wire, replica: await serve(wire) });
  }
});
afterAll(async () => {
  await replicas.remove();
  for (const { wire } of seats) wire.close();
  await mysql.remove();
  await redis.remove();
});

const serve = (wire: Proxy) => replicas.serve({ MYSQL_PORT: String(wire.port) });

/** Each fault ends itself; nothing but time and its victim is drawn. */
const faults: Readonly<Record<string, (chance: Chance) => Promise<void>>> = {
  'a replica is killed': async (chance) => {
    const seat = pick(seats, chance);
    await replicas.stop('SIGKILL', seat.replica);
    seat.replica = await serve(seat.wire);
  },
  'a replica is paused': async (chance) => {
    const { replica } = pick(seats, chance);
    replica.child.kill('SIGSTOP');
    await delay(1_000 + chance() * 6_000); // around the time after which the server takes its locks
    replica.child.kill('SIGCONT');
  },
  'a replica loses its connections': async (chance) => {
    const { wire } = pick(seats, chance);
    for (let times = 0; times < 5; times++) {
      wire.cut();
      wire.mend();
      await delay(chance() * 200);
    }
  },
  'a replica cannot reach the database': async (chance) => {
    const { wire } = pick(seats, chance);
    wire.cut();
    await delay(500 + chance() * 1_500);
    wire.mend();
  },
  'a replica gets no answer from the database': async (chance) => {
    const { wire } = pick(seats, chance);
    wire.freeze();
    await delay(500 + chance() * 1_500);
    wire.thaw();
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

async function harm(endsAtMs: number): Promise<void> {
  const chance = chanceFrom(seed);
  while (performance.now() < endsAtMs) {
    await delay(chance() * 1_000);
    const name = pick(Object.keys(faults), chance);
    process.stdout.write(`  ${name}\n`);
    await faults[name]?.(chance);
  }
}

/** Each event one to five times, most until there is a 2xx, some given up. */
async function keepSending(sender: number, endsAtMs: number, history: History): Promise<void> {
  const chance = chanceFrom(seed + 1 + sender);
  for (let at = 0; performance.now() < endsAtMs; at++) {
    const id = `evt-${sender}-${at}`;
    const givesUp = chance() < 0.1;
    const times = 1 + Math.floor(chance() * 5);
    history.sends(id);
    for (let acknowledged = 0; acknowledged < times;) {
      const status = await send(pick(seats, chance).replica.url, id, { event: 'test.count', id });
      history.saw(id, status);
      if (status === 200 || status === 202) acknowledged += 1;
      else if (givesUp) break;
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
    await Promise.all([harm(endsAtMs), ...senders]);

    const recoveredByMs = performance.now() + RECOVERS_WITHIN_MS;
    while ((await replicas.open()) > 0 && performance.now() < recoveredByMs) await delay(200);
    const findings = history.check(await replicas.applied());
    process.stdout.write(`${JSON.stringify(history.counts())} ${JSON.stringify(findings)}\n`);
    expect(await replicas.open()).toBe(0);
    expect(findings).toEqual({ lost: [], duplicated: [], unexpected: [], acceptedTwice: [] });
    expect(Object.keys(history.counts()).sort()).toEqual(['200', '202', '503', 'events', 'none']);
  },
  (seconds + 120) * 1_000,
);
