/** Replicas that share a Redis and a database, a sandbox as their partner, and requests that need a token. */
import { Redis } from 'ioredis';
import { createMysql } from './databases';
import { untilRedisIs } from './metrics';
import { Replicas, type Replica } from './replicas';
import { Sandbox } from './sandbox';
import { LONG_REDIS_TIMEOUT, startPrivateRedis, type PrivateRedis } from './servers/private-redis';

interface Availability {
  readonly status: number;
  readonly source: string;
}

/** Long deadlines, so that neither calls nor Redis commands time out on a busy machine. */
export const LONG_DEADLINES = {
  AVAILABILITY_DEADLINE_MS: '8000',
  PARTNER_CONCURRENT_CALLS: '100',
  ...LONG_REDIS_TIMEOUT,
};

export class TokenScene {
  private constructor(
    readonly redis: PrivateRedis,
    readonly sandbox: Sandbox,
    readonly replicas: Replicas,
    /** Connection of the test to Redis. */
    readonly commands: Redis,
  ) {}

  static async start(): Promise<TokenScene> {
    const redis = await startPrivateRedis();
    const sandbox = await Sandbox.start('--products', '100');
    const replicas = await Replicas.on(createMysql, { REDIS_URL: redis.url, ...sandbox.environment });
    await replicas.cli('seed', '--rows', '100');
    const commands = new Redis(redis.url);
    commands.on('error', () => undefined); // the server is paused
    return new TokenScene(redis, sandbox, replicas, commands);
  }

  /** Stops the replicas and restores the initial state of Redis and the sandbox. */
  async reset(): Promise<void> {
    this.redis.resume();
    await this.replicas.stop('SIGKILL');
    await this.sandbox.clearFaults();
    await this.sandbox.configure({ tokenSeconds: 3_600, clientSecret: 'not-a-secret' });
    await this.commands.flushall();
    await this.sandbox.clearRequestLog();
  }

  async remove(): Promise<void> {
    this.commands.disconnect();
    await this.replicas.remove();
    await this.sandbox.stop();
    await this.redis.remove();
  }

  serve(count: number, settings: Readonly<Record<string, string>> = {}): Promise<Replica[]> {
    return Promise.all(Array.from({ length: count }, () => this.replicas.serve(settings)));
  }

  /** Starts replicas and waits until Redis is available to each. */
  async serveWithRedis(count: number, settings: Readonly<Record<string, string>> = {}): Promise<Replica[]> {
    const all = await this.serve(count, settings);
    await untilRedisIsAvailable(all);
    return all;
  }
}

export async function untilRedisIsAvailable(all: readonly Replica[]): Promise<void> {
  await untilRedisIs(1, ...all.map(({ url }) => url));
}

export async function availability({ url }: Replica, id = 1): Promise<Availability> {
  const response = await fetch(`${url}/products/${id}/availability`, { headers: { connection: 'close' } });
  const { source } = (await response.json()) as { source: string };
  return { status: response.status, source };
}

/**
 * Sends `each` concurrent availability requests to every replica. First reads the products as often, so that each
 * replica has opened its database connections and no lookup of a product times out on a busy machine.
 */
export async function requestConcurrently(all: readonly Replica[], each: number): Promise<Availability[]> {
  const requests = all.flatMap((one) => Array.from({ length: each }, (_, at) => ({ one, id: 1 + (at % 100) })));
  await Promise.all(requests.map(({ one, id }) => readProduct(one, id)));
  return Promise.all(requests.map(({ one, id }) => availability(one, id)));
}

async function readProduct({ url }: Replica, id: number): Promise<void> {
  const response = await fetch(`${url}/products/${id}`, { headers: { connection: 'close' } });
  await response.arrayBuffer();
}

/** Responses that are an error or do not contain the live stock of the partner. */
export function failedOf(responses: readonly Availability[]): Availability[] {
  return responses.filter(({ status, source }) => status !== 200 || source !== 'live');
}
