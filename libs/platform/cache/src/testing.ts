/** Replicas of the response cache with one in-memory Redis, for unit tests on virtual time ('@testing/resilience'). */
import { randomUUID } from 'node:crypto';
import type { AppConfig } from '@platform/config';
import { toEncodedResponse, type EncodedResponse } from '@platform/http';
import type { RedisClient, RedisKeyOf, RedisLeases } from '@platform/redis';
import { advance, TestClock } from '@testing/resilience';
import { createCache } from 'cache-manager';
import { ResponseCache } from './response-cache.service';
import { CacheVersion } from './cache-version.service';
import { Leases } from './store/lease.provider';
import { RedisResponses, toRedisStore } from './store/redis-responses.repository';

export { cachePolicy } from './cache.policy';

type Connection = Parameters<Parameters<RedisClient['run']>[0]>[0];
type Value = string | readonly string[];

/** CACHE_TTL_SECONDS of the replicas. */
export const TTL_MS = 60_000;
export const CANONICAL_URL = '/products?limit=20';
export const VERSION_KEY = 'cache:version:v1:';
const RESPONSE_KEY_PREFIX = 'cache:response:v1:';

const keyOf: RedisKeyOf = (lib, thing, schemaVersion, id = '') => `${lib}:${thing}:v${schemaVersion}:${id}`;

/** One Redis server. A command takes effect as soon as it is sent. */
export class InMemoryRedis {
  /** Names of the commands of all clients, in order. */
  readonly commands: string[] = [];
  /** If true, published messages are lost. */
  isLosingMessages = false;
  private readonly entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();
  private readonly clients: InMemoryRedisClient[] = [];

  connect(): InMemoryRedisClient {
    const client = new InMemoryRedisClient(this);
    this.clients.push(client);
    return client;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && Date.now() < entry.expiresAtMs ? entry.value : undefined;
  }

  set(key: string, value: Value, lifeMs = Infinity): void {
    this.entries.set(key, { value, expiresAtMs: Date.now() + lifeMs });
  }

  del(key: string): number {
    return this.entries.delete(key) ? 1 : 0;
  }

  publish(channel: string): number {
    if (!this.isLosingMessages) for (const client of this.clients) client.receive(channel);
    return this.clients.length;
  }

  responseKeys(): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(RESPONSE_KEY_PREFIX) && this.get(key) !== undefined);
  }

  count(command: string): number {
    return this.commands.filter((each) => each === command).length;
  }
}

/** The client of one replica. Availability, refusals and the delay of replies are set by the test. */
export class InMemoryRedisClient implements Pick<RedisClient, 'run' | 'subscribe' | 'onAvailable'> {
  isAvailable = true;
  /** Delay of replies, in ms. The command itself is executed at once. */
  replyAfterMs = 0;
  /** Commands that the server refuses from now on. */
  readonly refused = new Set<string>();
  private refusal: string | undefined;
  private readonly availableListeners: (() => void)[] = [];
  private readonly messageListeners = new Map<string, () => void>();

  constructor(readonly server: InMemoryRedis) {}

  get problem(): string | undefined {
    return this.isAvailable ? this.refusal : 'it does not respond';
  }

  async run<T>(command: (redis: Connection, keyOf: RedisKeyOf) => Promise<T>): Promise<T> {
    if (!this.isAvailable) throw new Error('Redis is unavailable');
    return command(this.connection as unknown as Connection, keyOf);
  }

  /** Throws if the server refuses the command, or if Redis becomes unavailable before the reply arrives. */
  async execute<T>(command: string, operation: (server: InMemoryRedis) => T): Promise<T> {
    this.server.commands.push(command);
    if (this.refused.has(command)) {
      this.refusal = `it refuses ${command} (OOM)`;
      throw new Error('OOM command not allowed');
    }
    const reply = operation(this.server);
    if (this.replyAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.replyAfterMs));
    if (!this.isAvailable) throw new Error('Redis did not reply');
    return reply;
  }

  subscribe(channel: (of: RedisKeyOf) => string, listener: () => void): void {
    this.messageListeners.set(channel(keyOf), listener);
  }

  receive(channel: string): void {
    if (this.isAvailable) this.messageListeners.get(channel)?.();
  }

  onAvailable(listener: () => void): void {
    this.availableListeners.push(listener);
  }

  becomeUnavailable(): void {
    this.isAvailable = false;
  }

  becomeAvailable(): void {
    this.isAvailable = true;
    for (const listener of this.availableListeners) listener();
  }

  private readonly connection = {
    get: (key: string) => this.execute('GET', (server) => textOf(server.get(key))),
    set: (key: string, value: string, ...options: (string | number)[]) =>
      this.execute('SET', (server) => {
        if (options.includes('NX') && server.get(key) !== undefined) return null;
        server.set(key, value, options[0] === 'PX' ? Number(options[1]) : undefined);
        return 'OK';
      }),
    del: (key: string) => this.execute('DEL', (server) => server.del(key)),
    publish: (channel: string) => this.execute('PUBLISH', (server) => server.publish(channel)),
  };
}

function textOf(value: Value | undefined): string | null {
  if (typeof value === 'object') throw new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
  return value ?? null;
}

/** RedisLeases without Lua. */
class InMemoryLeases implements Pick<RedisLeases, 'acquire' | 'release'> {
  private readonly owner = randomUUID();

  constructor(private readonly client: InMemoryRedisClient) {}

  acquire(key: (of: RedisKeyOf) => string, leaseMs: number): Promise<boolean> {
    return this.client.run(() =>
      this.client.execute('ACQUIRE', (server) => {
        if (server.get(key(keyOf)) !== undefined) return false;
        server.set(key(keyOf), this.owner, leaseMs);
        return true;
      }),
    );
  }

  async release(key: (of: RedisKeyOf) => string): Promise<void> {
    const release = (server: InMemoryRedis) => server.get(key(keyOf)) === this.owner && server.del(key(keyOf));
    await this.client.run(() => this.client.execute('RELEASE', release)).catch(() => undefined);
  }
}

/** The database of all replicas. A load reads `content` when it begins and returns it after `loadMs`. */
export class Origin {
  content = 'first';
  /** Infinity: loads never end, like those of a killed process. */
  loadMs = 50;
  failure: Error | undefined;
  loads = 0;

  readonly load = async (): Promise<EncodedResponse> => {
    this.loads += 1;
    const { content, failure, loadMs } = this;
    await new Promise<void>((resolve) => loadMs < Infinity && setTimeout(resolve, loadMs));
    if (failure !== undefined) throw failure;
    return toEncodedResponse([], [['identity', Buffer.from(content)]]);
  };
}

class ReplicaClock extends TestClock {
  /** How far the wall clock of this replica is ahead of the others. */
  aheadMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}

/** One process with its own L1. */
export class CacheReplica {
  readonly redis: InMemoryRedisClient;
  readonly clock = new ReplicaClock(0);
  readonly version: CacheVersion;
  readonly shared: RedisResponses;
  readonly cache: ResponseCache;

  constructor(
    server: InMemoryRedis,
    private readonly origin: Origin,
  ) {
    this.redis = server.connect();
    const client = this.redis as unknown as RedisClient;
    const config = { cache: { isEnabled: true, ttlSeconds: TTL_MS / 1_000 } } as AppConfig;
    const leases = new Leases(new InMemoryLeases(this.redis) as unknown as RedisLeases);
    this.version = new CacheVersion(client, this.clock);
    this.shared = new RedisResponses(createCache({ stores: [toRedisStore(client) as never] }), this.version);
    this.cache = new ResponseCache(config, this.shared, this.version, leases, this.clock);
  }

  /** Returns the text of the response, its tier and the outcome. */
  async get(url = CANONICAL_URL) {
    const { cached, tier, outcome } = await this.cache.get(url, this.origin.load);
    return { text: cached.response.representations.identity.bytes.toString(), tier, ...outcome };
  }

  /** Returns the text of a fresh response in L1. */
  peek(url = CANONICAL_URL): string | undefined {
    return this.cache.peek(url)?.cached.response.representations.identity.bytes.toString();
  }
}

/** Starts four replicas, which have the same cache version. */
export async function startReplicas() {
  const redis = new InMemoryRedis();
  const origin = new Origin();
  const start = async () => {
    const replica = new CacheReplica(redis, origin);
    replica.version.onModuleInit();
    await advance(0);
    return replica;
  };
  return { redis, origin, replicas: [await start(), await start(), await start(), await start()] as const };
}

/** Returns the result of a promise that must settle within `ms`. */
export async function resultAfter<T>(ms: number, promise: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  const onSettled = () => void (state.isSettled = true);
  promise.then(onSettled, onSettled);
  await advance(ms);
  if (!state.isSettled) throw new Error(`still pending after ${ms} ms`);
  return promise;
}
