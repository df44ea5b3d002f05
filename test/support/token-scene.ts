/** Replicas that share a Redis and a database, a partner, and what their callers get. */
import { Redis } from 'ioredis';
import { createMysql, type TestDatabase } from './databases';
import { untilRedisIs } from './metrics';
import { startPrivateRedis, type PrivateRedis } from './private-redis';
import { Replicas, type Replica } from './replicas';
import { Sandbox } from './sandbox';

interface Availability {
  readonly status: number;
  readonly source: string;
}

/** Long deadlines, so that a failed call is not a timeout, and Redis is not lost if the machine is busy. */
export const PATIENT = {
  AVAILABILITY_DEADLINE_MS: '8000',
  PARTNER_CONCURRENT_CALLS: '100',
  REDIS_COMMAND_TIMEOUT_MS: '1000',
};

export class TokenScene {
  private constructor(
    readonly redis: PrivateRedis,
    readonly database: TestDatabase,
    readonly sandbox: Sandbox,
    readonly replicas: Replicas,
    /** A connection of the test's own. */
    readonly commands: Redis,
  ) {}

  static async start(): Promise<TokenScene> {
    const redis = await startPrivateRedis();
    const database = await createMysql();
    const sandbox = await Sandbox.start('--products', '100');
    const replicas = new Replicas(database, { REDIS_URL: redis.url, ...sandbox.environment });
    await replicas.prepare();
    await replicas.cli('seed', '--rows', '100');
    const commands = new Redis(redis.url);
    commands.on('error', () => undefined); // it is stopped
    return new TokenScene(redis, database, sandbox, replicas, commands);
  }

  /** As if nobody had ever asked for a token. */
  async reset(): Promise<void> {
    this.redis.resume();
    await this.replicas.stop('SIGKILL');
    await this.sandbox.mend();
    await this.sandbox.set({ tokenSeconds: 3_600, clientSecret: 'not-a-secret' });
    await this.commands.flushall();
    await this.sandbox.forget();
  }

  async remove(): Promise<void> {
    this.commands.disconnect();
    await this.replicas.remove();
    await this.sandbox.stop();
    await this.database.drop();
    await this.redis.remove();
  }

  serve(count: number, settings: Readonly<Record<string, string>> = {}): Promise<Replica[]> {
    return Promise.all(Array.from({ length: count }, () => this.replicas.serve(settings)));
  }

  /** Replicas that all have found Redis. */
  async serveTogether(count: number, settings: Readonly<Record<string, string>> = {}): Promise<Replica[]> {
    const all = await this.serve(count, settings);
    await untilRedisIsFound(all);
    return all;
  }
}

export async function untilRedisIsFound(all: readonly Replica[]): Promise<void> {
  await untilRedisIs(1, ...all.map(({ url }) => url));
}

export async function availability({ url }: Replica, id = 1): Promise<Availability> {
  const answer = await fetch(`${url}/products/${id}/availability`, { headers: { connection: 'close' } });
  const { source } = (await answer.json()) as { source: string };
  return { status: answer.status, source };
}

/** All at once, so many on each. */
export function callers(all: readonly Replica[], each: number): Promise<Availability[]> {
  return Promise.all(all.flatMap((one) => Array.from({ length: each }, (_, at) => availability(one, 1 + (at % 100)))));
}

/** Of those who were not answered by the partner. */
export function failedOf(answers: readonly Availability[]): Availability[] {
  return answers.filter(({ status, source }) => status !== 200 || source !== 'live');
}
