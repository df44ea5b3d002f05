/**
 * Replicas of the response cache with one change log and one in-memory Redis, for unit tests on virtual time
 * ('@testing/resilience').
 */
import { randomUUID } from 'node:crypto';
import type { AppConfig } from '@platform/config';
import { defineErrors, type ErrorKind } from '@platform/errors';
import { toEncodedResponse } from '@platform/http';
import type { RedisClient, RedisKeyOf, RedisLeases } from '@platform/redis';
import { advance, TestClock } from '@testing/resilience';
import { createCache } from 'cache-manager';
import { cachePolicy } from './cache.policy';
import { ResponseCache, type LoadedResponse } from './response-cache.service';
import { ResponseValidity, type Basis } from './response-validity';
import { Leases } from './store/lease.provider';
import { RedisResponses, toRedisStore } from './store/redis-responses.repository';

export { cachePolicy };

type Connection = Parameters<Parameters<RedisClient['run']>[0]>[0];
type Value = string | readonly string[];

/** CACHE_TTL_SECONDS of the replicas. */
export const TTL_MS = 60_000;
export const CANONICAL_URL = '/products?limit=20';
/** Tag of a change that outdates all responses. */
export const EVERYTHING = '*';
/** The longest pause between two lookups of a waiting replica. */
export const MAX_POLL_MS = cachePolicy.pollMs * 1.5;
const RESPONSE_KEY_PREFIX = 'cache:response:v2:';
/** Positions have gaps, as in the change log of the catalogue, so that a position may be unknown. */
const POSITION_STEP = 10;

const keyOf: RedisKeyOf = (lib, thing, schemaVersion, id = '') => `${lib}:${thing}:v${schemaVersion}:${id}`;

/** The changes of all replicas. Each has a tag, and outdates the responses whose basis contains the tag. */
export class TestChangeLog {
  private readonly tags: string[] = [];
  private readonly followers: TestValidity[] = [];

  /** Position of the newest change. */
  get position(): number {
    return this.tags.length * POSITION_STEP;
  }

  /** Returns the validity of a further replica. */
  follow(): TestValidity {
    const follower = new TestValidity(this);
    this.followers.push(follower);
    return follower;
  }

  /** Appends a change and sends it to the replicas, which apply it at once unless they are behind. */
  change(tag: string): void {
    this.tags.push(tag);
    for (const follower of this.followers) follower.receive();
  }

  /** Returns the tags of the changes after one position up to another. */
  tagsBetween(after: number, last: number): readonly string[] {
    return this.tags.slice(after / POSITION_STEP, last / POSITION_STEP);
  }
}

/** Follows the change log in one replica. The basis of a response is a list of tags. */
export class TestValidity extends ResponseValidity {
  /** False while the replica is asleep: it receives no changes, and `refresh` wakes it. */
  isCurrent = true;
  /** If true, messages are lost: only `catchUp` and `refresh` apply changes. */
  isBehind = false;
  /** If true, the log cannot be read: no changes are applied, and `refresh` fails. */
  isUnreadable = false;
  /** Calls of `refresh`. */
  refreshes = 0;
  private applied: number;
  private windowStart = 0;
  private readonly watched = new Map<string, Basis>();
  private readonly listeners: ((urls: readonly string[]) => void)[] = [];

  constructor(private readonly log: TestChangeLog) {
    super();
    this.applied = log.position;
  }

  /** Position of the last change that the replica has applied. */
  get position(): number {
    return this.applied;
  }

  get version(): string {
    return String(this.applied);
  }

  get watchedUrls(): string[] {
    return [...this.watched.keys()];
  }

  async refresh(): Promise<boolean> {
    this.refreshes += 1;
    const { position } = this.log;
    await Promise.resolve();
    if (this.isUnreadable) return false;
    this.applyUntil(position);
    this.isCurrent = true;
    return true;
  }

  receive(): void {
    if (this.isCurrent && !this.isBehind && !this.isUnreadable) this.catchUp();
  }

  catchUp(): void {
    this.applyUntil(this.log.position);
  }

  /** Forgets all changes: responses of earlier versions cannot be tested any more. */
  forgetChanges(): void {
    this.windowStart = this.applied;
  }

  /** Continues after the newest change without the changes before it, as if the log had been trimmed. */
  reset(): void {
    this.applied = this.log.position;
    this.forgetChanges();
    this.outdate(() => true);
  }

  outdatedSince(version: string, basis: Basis): string | undefined {
    const since = Number(version);
    const isKnown = since >= this.windowStart && since <= this.applied && since % POSITION_STEP === 0;
    if (!isKnown) return 'unknown';
    return this.log.tagsBetween(since, this.applied).find((tag) => isConcerned(basis, tag));
  }

  isAhead(version: string): boolean {
    return Number(version) > this.applied;
  }

  watch(url: string, basis: Basis): void {
    this.watched.set(url, basis);
  }

  unwatch(url: string): void {
    this.watched.delete(url);
  }

  onOutdated(listener: (urls: readonly string[]) => void): void {
    this.listeners.push(listener);
  }

  private applyUntil(position: number): void {
    const tags = this.log.tagsBetween(this.applied, position);
    this.applied = Math.max(this.applied, position);
    for (const tag of tags) this.outdate((basis) => isConcerned(basis, tag));
  }

  private outdate(isOutdated: (basis: Basis) => boolean): void {
    const urls = [...this.watched].filter(([, basis]) => isOutdated(basis)).map(([url]) => url);
    for (const url of urls) this.watched.delete(url);
    if (urls.length > 0) for (const listener of this.listeners) listener(urls);
  }
}

/** Any change outdates a response without a basis. Throws if the basis is not a list, as that of a foreign format. */
function isConcerned(basis: Basis, tag: string): boolean {
  return tag === EVERYTHING || basis === undefined || (basis as readonly string[]).includes(tag);
}

/** One Redis server. A command takes effect as soon as it is sent. */
export class InMemoryRedis {
  /** Names of the commands of all clients, in order. */
  readonly commands: string[] = [];
  private readonly entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();

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

  responseKeys(): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(RESPONSE_KEY_PREFIX) && this.get(key) !== undefined);
  }

  /** Returns a function that restores the responses that are stored now. */
  backUpResponses(): () => void {
    const backup = this.responseKeys().map((key) => [key, this.get(key)!] as const);
    return () => {
      for (const [key, value] of backup) this.set(key, value);
    };
  }

  /** Replaces members of all stored responses. Keyv and its store enclose the encoded response in JSON. */
  patchResponses(members: object): void {
    for (const key of this.responseKeys()) {
      const keyvText = JSON.parse(String(this.get(key))) as string;
      const { value, ...rest } = JSON.parse(keyvText) as { value: string };
      const patched = JSON.stringify({ ...(JSON.parse(value) as object), ...members });
      this.set(key, JSON.stringify(JSON.stringify({ value: patched, ...rest })));
    }
  }

  count(command: string): number {
    return this.commands.filter((each) => each === command).length;
  }
}

/** The client of one replica. Availability, refusals and the delay of replies are set by the test. */
export class InMemoryRedisClient implements Pick<RedisClient, 'run' | 'isAvailable'> {
  isAvailable = true;
  /** Delay of replies, in ms. The command itself is executed at once. */
  replyAfterMs = 0;
  /** Commands that the server refuses from now on. */
  readonly refused = new Set<string>();

  constructor(private readonly server: InMemoryRedis) {}

  async run<T>(command: (redis: Connection, keyOf: RedisKeyOf) => Promise<T>): Promise<T> {
    if (!this.isAvailable) throw new Error('Redis is unavailable');
    return command(this.connection as unknown as Connection, keyOf);
  }

  /** Throws if the server refuses the command, or if Redis becomes unavailable before the reply arrives. */
  async execute<T>(command: string, operation: (server: InMemoryRedis) => T): Promise<T> {
    this.server.commands.push(command);
    if (this.refused.has(command)) throw new Error('OOM command not allowed');
    const reply = operation(this.server);
    if (this.replyAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, this.replyAfterMs));
    if (!this.isAvailable) throw new Error('Redis did not reply');
    return reply;
  }

  private readonly connection = {
    get: (key: string) => this.execute('GET', (server) => textOf(server.get(key))),
    set: (key: string, value: string, _px: 'PX', lifeMs: number) =>
      this.execute('SET', (server) => {
        server.set(key, value, lifeMs);
        return 'OK';
      }),
    del: (key: string) => this.execute('DEL', (server) => server.del(key)),
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

/** The database of all replicas. A load reads `content` and `basis` when it begins and returns them after `loadMs`. */
export class Origin {
  content = 'first';
  basis: readonly string[] | undefined = ['apples'];
  /** Infinity: loads never end, like those of a killed process. */
  loadMs = 50;
  failure: Error | undefined;
  loads = 0;

  readonly load = async (): Promise<LoadedResponse> => {
    this.loads += 1;
    const { content, basis, failure, loadMs } = this;
    await new Promise<void>((resolve) => loadMs < Infinity && setTimeout(resolve, loadMs));
    if (failure !== undefined) throw failure;
    return { response: toEncodedResponse([], [['identity', Buffer.from(content)]]), basis };
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
  readonly validity: TestValidity;
  readonly cache: ResponseCache;

  constructor(
    server: InMemoryRedis,
    log: TestChangeLog,
    private readonly origin: Origin,
  ) {
    this.redis = new InMemoryRedisClient(server);
    const client = this.redis as unknown as RedisClient;
    const config = { cache: { isEnabled: true, ttlSeconds: TTL_MS / 1_000 } } as AppConfig;
    const leases = new Leases(new InMemoryLeases(this.redis) as unknown as RedisLeases);
    const l2 = new RedisResponses(createCache({ stores: [toRedisStore(client) as never] }), client);
    this.validity = log.follow();
    this.cache = new ResponseCache(config, l2, this.validity, leases, this.clock);
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

/** Starts four replicas. */
export function startReplicas() {
  const redis = new InMemoryRedis();
  const log = new TestChangeLog();
  const origin = new Origin();
  const start = () => new CacheReplica(redis, log, origin);
  return { redis, log, origin, replicas: [start(), start(), start(), start()] as const };
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

export function createApplicationError(kind: ErrorKind): Error {
  const { REFUSED } = defineErrors({ REFUSED: { kind, title: 'Refused', remedy: 'None', message: () => 'refused' } });
  return REFUSED.create();
}
