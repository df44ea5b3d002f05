/**
 * Redis, as something that may be away. Every use of it has an answer for its absence, and no Redis configured is the
 * same as Redis lost. The first command that is not answered in time, or loses its connection, takes it for lost:
 * nobody waits for it then; a probe a second finds out when it is back.
 */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { within } from '@platform/resilience';
import { Cluster, type Redis } from 'ioredis';
import { openConnection, type Connection } from './redis-connection.provider';
import { isReply, RedisUnavailableError } from './redis-errors';
import { RedisMetrics } from './redis-metrics.service';
import { redisPolicy } from './redis.policy';

/** A Lua script that runs as one command; all its keys must be in one slot of a cluster. */
export interface RedisScript {
  readonly lua: string;
  readonly numberOfKeys: number;
}

@Injectable()
export class RedisClient implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly connection: Connection | undefined;
  private readonly subscriptions: Connection | undefined;
  private readonly foundListeners: (() => void)[] = [];
  private readonly scripts = new Map<RedisScript, string>();
  private isFound = false;
  private complaint = '';
  private unansweredProbes = 0;
  private probing: NodeJS.Timeout | undefined;

  constructor(
    { redis }: AppConfig,
    private readonly metrics: RedisMetrics,
  ) {
    if (redis === undefined) return;
    this.connection = openConnection(redis);
    this.subscriptions = openConnection(redis);
    for (const each of [this.connection, this.subscriptions])
      each.on('error', (error: Error) => this.complain(error.message));
    this.connection.on('ready', () => void this.probe()).on('close', () => this.lose('its connection was closed'));
  }

  /** Looks for Redis; a start goes on without it when it cannot be found at once. */
  async onModuleInit(): Promise<void> {
    if (this.connection === undefined) return;
    this.probing = setInterval(() => void this.probe(), redisPolicy.probeEveryMs).unref();
    if (this.isFound) return;
    const found = new Promise<void>((resolve) => this.onFound(resolve));
    const goOn = () => new RedisUnavailableError('it did not answer at the start');
    await within(redisPolicy.connectTimeoutMs, found, goOn).catch(() =>
      this.logger.warn('Redis cannot be reached; going on without it until it can'),
    );
  }

  onApplicationShutdown(): void {
    clearInterval(this.probing);
    this.connection?.removeAllListeners('close').disconnect();
    this.subscriptions?.disconnect();
  }

  /** Whether it answered last; nobody has to ask before a command. */
  get isAvailable(): boolean {
    return this.isFound;
  }

  /** Throws RedisUnavailableError within the policy's time, at once while Redis is lost, and what Redis itself refuses with. */
  async run<T>(command: (redis: Connection) => Promise<T>): Promise<T> {
    if (this.connection === undefined || !this.isFound) throw new RedisUnavailableError('Redis is not there');
    try {
      return await this.send(this.connection, command);
    } catch (error) {
      this.metrics.countFailure(isReply(error) ? 'refused' : 'unanswered');
      if (isReply(error)) throw error;
      this.lose(error instanceof Error ? error.message : String(error));
      throw new RedisUnavailableError('Redis did not answer', { cause: error });
    }
  }

  /** As `run`; sent by its hash, and as text only where the server does not know it yet. */
  runScript(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.run((redis) => {
      const command = (redis as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[
        this.nameOf(script)
      ];
      if (command === undefined) throw new Error('the script was not defined');
      return command.apply(redis, [...keys, ...args]);
    });
  }

  /** Calls back for every message; those sent while the connection is lost never come. */
  subscribe(channel: string, listener: () => void): void {
    const { subscriptions } = this;
    if (subscriptions === undefined) return;
    const subscribe = () =>
      void subscriptions.subscribe(channel).catch((error: unknown) => this.logger.debug(error, 'Subscription failed'));
    subscriptions.on('message', (from: string) => from === channel && listener()).on('ready', subscribe);
    if (subscriptions.status === 'ready') subscribe();
  }

  /** Calls back whenever Redis is there again, and the first time. */
  onFound(listener: () => void): void {
    this.foundListeners.push(listener);
  }

  private send<T>(connection: Connection, command: (redis: Connection) => Promise<T>): Promise<T> {
    const { commandTimeoutMs } = redisPolicy;
    return within(commandTimeoutMs, command(connection), () => {
      return new RedisUnavailableError(`no answer within ${commandTimeoutMs} ms`);
    });
  }

  private nameOf(script: RedisScript): string {
    const known = this.scripts.get(script);
    if (known !== undefined) return known;
    const name = `script${this.scripts.size}`;
    this.connection?.defineCommand(name, script);
    this.scripts.set(script, name);
    return name;
  }

  /** Of what goes on and on, such as a refused connection or a wrong password, once. */
  private complain(message: string): void {
    if (message !== this.complaint) this.logger.warn(`Connection to Redis: ${message}`);
    this.complaint = message;
  }

  private lose(reason: string): void {
    if (!this.isFound) return;
    this.isFound = false;
    this.unansweredProbes = 0;
    this.metrics.setAvailable(false);
    this.logger.warn(`Redis is lost: ${reason}`);
  }

  /** Asks a lost Redis whether it is there. */
  private async probe(): Promise<void> {
    if (this.isFound || this.connection === undefined) return;
    try {
      await this.send(this.connection, pingAll);
      this.find();
    } catch {
      this.unansweredProbes += 1;
      if (this.unansweredProbes % redisPolicy.probesPerConnection === 0) this.renewConnections();
    }
  }

  /** Not one that is being made: ioredis would not try again. */
  private renewConnections(): void {
    for (const each of [this.connection, this.subscriptions])
      if (each?.status === 'connect' || each?.status === 'ready') each.disconnect(true);
  }

  private find(): void {
    if (this.isFound) return;
    this.isFound = true;
    this.metrics.setAvailable(true);
    this.logger.log('Redis is there');
    for (const listener of this.foundListeners) listener();
  }
}

/** A cluster is there when each of its masters is. */
async function pingAll(connection: Connection): Promise<void> {
  const servers: Redis[] = connection instanceof Cluster ? connection.nodes('master') : [connection];
  if (servers.length === 0) throw new RedisUnavailableError('no server is known');
  await Promise.all(servers.map((server) => server.ping()));
}
