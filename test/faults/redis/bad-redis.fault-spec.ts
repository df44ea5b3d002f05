/** If the server at REDIS_URL is not Redis or is unusable, reads succeed. Redis is used as soon as it works. */
import { createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricOf } from '../../support/metrics';
import { redisAt, startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';
import { freePort } from '../../support/servers/servers';

let catalogue: TestCatalogue;
let redis: PrivateRedis | undefined;
let impostor: Server | undefined;
const sockets = new Set<Socket>();
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);

beforeEach(() => void process.on('unhandledRejection', noteRejection));
afterEach(async () => {
  await catalogue.close();
  endImpostor();
  redis?.resume();
  await redis?.kill();
  redis = undefined;
  process.off('unhandledRejection', noteRejection);
  expect(rejections).toEqual([]);
});

const start = async (url: string) => {
  catalogue = await startCatalogue(createSqlite, {
    redis: redisAt(url),
    cache: { isEnabled: true, ttlSeconds: 60 },
    rateLimit: { max: 1_000, webhookMax: 1_000, windowSeconds: 60 },
  });
};

/** Starts a server that sends the same reply to every command. */
async function impersonate(port: number, reply: (socket: Socket) => void): Promise<void> {
  impostor = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', () => reply(socket));
  });
  await new Promise<void>((resolve) => impostor?.listen(port, '127.0.0.1', resolve));
}

function endImpostor(): void {
  impostor?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

let requested = 0;
async function requestPages(count: number): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < count; i++) {
    requested += 1;
    statuses.push((await catalogue.app.inject({ url: `/products?maxPrice=${requested}` })).statusCode);
  }
  return [...new Set(statuses)];
}

const isAvailable = () => metricOf(catalogue, 'farmlokal_redis_available');
const unanswered = () => metricOf(catalogue, 'farmlokal_redis_failures_total{kind="unanswered"}');
const untilAvailable = () => eventually(isAvailable, (value) => value === 1);

describe.each<[string, (socket: Socket) => void]>([
  ['speaks another protocol', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends garbage', (socket) => socket.write(Buffer.from('$-7\r\n*5\r\n\0\xff:x\r\n', 'latin1'))],
  ['sends half a reply', (socket) => socket.write('$100\r\nhalf')],
  ['closes every connection', (socket) => socket.destroy()],
  ['sends nothing', () => undefined],
  ['is loading its data', (socket) => socket.write('-LOADING Redis is loading the dataset in memory\r\n')],
  ['requires a password', (socket) => socket.write('-NOAUTH Authentication required.\r\n')],
  ['has lost its master', (socket) => socket.write('-MASTERDOWN Link with MASTER is down\r\n')],
])('REDIS_URL at start-up: a server that %s', (_, reply) => {
  it('Redis probe: reads succeed, no command waits for the server, and a real Redis is used later', async () => {
    const port = await freePort();
    await impersonate(port, reply);
    await start(`redis://127.0.0.1:${port}`);
    expect(await requestPages(20)).toEqual([200]);
    expect([await isAvailable(), await unanswered()]).toEqual([0, 0]);
    endImpostor();
    redis = await startPrivateRedis([], port);
    await untilAvailable();
    expect(await requestPages(5)).toEqual([200]);
  });
});

describe('Redis faults at run time', () => {
  beforeEach(async () => {
    redis = await startPrivateRedis();
    await start(redis.url);
    await untilAvailable();
  });

  it('READONLY: reads succeed while Redis is read-only, and afterwards', async () => {
    const other = new Redis(redis?.url ?? '');
    await other.replicaof('127.0.0.1', String(await freePort()));
    expect(await requestPages(20)).toEqual([200]);
    await other.replicaof('NO', 'ONE');
    await untilAvailable();
    expect(await requestPages(5)).toEqual([200]);
    other.disconnect();
  });
});
