/**
 * Redis, as something that may be away. Every use of it has an answer for its absence, and no Redis configured is the
 * same as Redis lost; so is a database that is not known yet, because the keys carry its namespace. The first command
 * that is not answered in time, or loses its connection, takes Redis for lost: commands then fail at once, and a probe
 * a second finds out when it is back.
 */
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { DatabaseIdentity } from '@platform/database';
import { Clock, withTimeout } from '@platform/resilience';
import { OPEN_CONNECTION, type Connection, type OpenConnection } from './redis-connection.provider';
import { isReply, CommandTimeoutError, RedisUnavailableError, toRefusal, type RedisRefusal } from './redis-errors';
import { redisKeyPattern, redisKeysOf, type RedisKeyOf } from './redis-keys';
import { isMemoryUnbounded } from './redis-memory.provider';
import { RedisMetrics } from './redis-metrics.service';
import { measureAnswerMs } from './redis-probe.provider';
import { RedisRefusals } from './redis-refusals.provider';
import { runDefined, type RedisScript } from './redis-script.provider';
import { RedisSubscriptions } from './redis-subscriptions.provider';
import { checkCommands } from './redis-command-check.provider';
import { redisPolicy } from './redis.policy';

const NO_RESPONSE = 'it does not answer';
const UNKNOWN_NAMESPACE = 'its keys are not known before the database has been reached';

@Injectable()
export class RedisClient implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly connection: Connection | undefined;
  private readonly subscribing: Connection | undefined;
  private readonly subscriptions: RedisSubscriptions | undefined;
  private readonly refusals = new RedisRefusals();
  private readonly limitMs: number;
  private readonly availableListeners: (() => void)[] = [];
  private isConnected = false;
  /** Why it is not there. */
  private unavailableReason = NO_RESPONSE;
  private lastLoggedError = '';
  private loginRefusal: RedisRefusal | undefined;
  private unansweredProbes = 0;
  private isMemoryChecked = false;
  private probing: Promise<void> | undefined;
  private stopProbing: () => void = () => undefined;

  constructor(
    { redis }: AppConfig,
    private readonly identity: DatabaseIdentity,
    private readonly metrics: RedisMetrics,
    private readonly clock: Clock,
    @Inject(OPEN_CONNECTION) open: OpenConnection,
  ) {
    this.limitMs = redis?.commandTimeoutMs ?? redisPolicy.commandTimeoutMs;
    if (redis === undefined) return;
    this.connection = open(redis);
    this.subscribing = open(redis);
    this.subscriptions = new RedisSubscriptions(this.subscribing, (error) => this.noteRefusal(toRefusal(error)));
    for (const each of [this.connection, this.subscribing]) each.on('error', (error: Error) => this.logOnce(error));
    this.connection
      .on('ready', () => void this.probe())
      .on('close', () => this.markUnavailable('its connection was closed'));
    identity.onKnown(() => void (this.probing ?? Promise.resolve()).then(() => this.probe()));
  }

  async onModuleInit(): Promise<void> {
    if (this.connection === undefined) return;
    this.stopProbing = this.clock.every(redisPolicy.probeEveryMs, () => void this.probeRegularly());
    await this.waitUntilAvailable();
  }

  onApplicationShutdown(): void {
    this.stopProbing();
    this.connection?.removeAllListeners('close').disconnect();
    this.subscribing?.disconnect();
  }

  /** Returns when Redis is found, or after a second without it; at once while the database is not known. */
  async waitUntilAvailable(): Promise<void> {
    if (this.connection === undefined || this.identity.namespace === undefined || this.isConnected) return;
    const found = new Promise<void>((resolve) => this.onAvailable(resolve));
    const goOn = () => new RedisUnavailableError('it did not answer at the start');
    await withTimeout(redisPolicy.connectTimeoutMs, found, goOn).catch(() =>
      this.logger.warn(`Going on without Redis until it can be used: ${this.unavailableReason}`),
    );
  }

  /** Whether the last command was answered; need not be asked before a command. */
  get isAvailable(): boolean {
    return this.isConnected;
  }

  /** What keeps it from being used, or from being used fully, without naming hosts; undefined if nothing does. */
  get problem(): string | undefined {
    if (!this.isConnected) return this.unavailableReason;
    const { current } = this.refusals;
    return current && `it refuses ${current.command} (${current.code}), which is needed on ${this.neededPattern}`;
  }

  /** Throws RedisUnavailableError within the time limit, at once while Redis is lost, and what Redis itself refuses with. */
  async run<T>(command: (redis: Connection, keyOf: RedisKeyOf) => Promise<T>): Promise<T> {
    const { connection, keyOf } = this;
    if (connection === undefined || keyOf === undefined || !this.isConnected)
      throw new RedisUnavailableError('Redis is not there');
    try {
      return await this.withTimeout(command(connection, keyOf));
    } catch (error) {
      this.metrics.countFailure(isReply(error) ? 'refused' : 'unanswered');
      this.noteRefusal(toRefusal(error));
      if (isReply(error)) throw error;
      this.markUnavailable(
        error instanceof Error ? error.message : String(error),
        error instanceof CommandTimeoutError,
      );
      throw new RedisUnavailableError('Redis did not answer', { cause: error });
    }
  }

  /** As `run`, for a script with one key. */
  runScript(
    script: RedisScript,
    key: (keyOf: RedisKeyOf) => string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return this.run((redis, keyOf) => runDefined(redis, script, [key(keyOf)], args));
  }

  /** Calls back for every message and after each subscription; messages sent while the connection is lost never come. */
  subscribe(channel: (keyOf: RedisKeyOf) => string, listener: () => void): void {
    const add = () => this.keyOf && this.subscriptions?.add(channel(this.keyOf), listener);
    if (this.keyOf === undefined) this.identity.onKnown(add);
    else add();
  }

  /** Calls back whenever Redis is there again, and the first time. */
  onAvailable(listener: () => void): void {
    this.availableListeners.push(listener);
  }

  private get keyOf(): RedisKeyOf | undefined {
    const { namespace } = this.identity;
    return namespace === undefined ? undefined : redisKeysOf(namespace);
  }

  private get neededPattern(): string {
    return redisKeyPattern(this.identity.namespace ?? '');
  }

  private withTimeout<T>(answer: Promise<T>): Promise<T> {
    return withTimeout(this.limitMs, answer, () => new CommandTimeoutError(this.limitMs));
  }

  /** Repeated errors, such as a refused connection or a wrong password, are logged once. */
  private logOnce(error: Error): void {
    if (error.message !== this.lastLoggedError) this.logger.warn(`Connection to Redis: ${error.message}`);
    this.lastLoggedError = error.message;
    this.loginRefusal = toRefusal(error);
  }

  private noteRefusal(refusal: RedisRefusal | undefined): void {
    if (refusal !== undefined) this.refusals.record(refusal, this.neededPattern);
  }

  /** A server that refuses writes loses its connection again and again; that it refuses them has been logged. */
  private markUnavailable(reason: string, isLate = false): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.unansweredProbes = 0;
    this.unavailableReason = isLate ? `slow: ${reason} (REDIS_COMMAND_TIMEOUT_MS)` : NO_RESPONSE; // a probe tells slow from silent
    this.metrics.setAvailable(false);
    if (this.refusals.current === undefined) this.logger.warn(`Redis is lost: ${reason}`);
  }

  private async probeRegularly(): Promise<void> {
    if (!this.isConnected) await this.probe();
    else if (this.refusals.current !== undefined) await this.checkCommands().catch(() => undefined);
  }

  /** Asks a lost Redis whether it is there; one probe at a time. */
  private probe(): Promise<void> {
    this.probing ??= this.probeOnce().finally(() => (this.probing = undefined));
    return this.probing;
  }

  private async probeOnce(): Promise<void> {
    if (this.isConnected || this.connection === undefined) return;
    try {
      const answeredInMs = await measureAnswerMs(this.connection, this.limitMs);
      if (answeredInMs > this.limitMs) this.probeWasSlow(answeredInMs);
      else if (this.keyOf === undefined) this.unavailableReason = UNKNOWN_NAMESPACE;
      else {
        await this.checkCommands();
        this.markAvailable();
      }
    } catch (error) {
      this.unansweredProbes += 1;
      const refusal = toRefusal(error) ?? this.loginRefusal;
      if (refusal === undefined) this.unavailableReason = NO_RESPONSE;
      else this.probeFailed(`it refuses ${refusal.command} (${refusal.code})`);
      if (this.unansweredProbes % redisPolicy.probesPerConnection === 0) this.renewConnections();
    }
  }

  private probeWasSlow(answeredInMs: number): void {
    this.probeFailed(`slow: answered in ${answeredInMs} ms, limit ${this.limitMs} ms (REDIS_COMMAND_TIMEOUT_MS)`);
  }

  /** Logged when it begins; how slow it is may change. */
  private probeFailed(absence: string): void {
    const [kind = ''] = absence.split(':', 1);
    if (!this.unavailableReason.startsWith(kind)) this.logger.warn(`Redis cannot be used: ${absence}`);
    this.unavailableReason = absence;
  }

  /** Throws if the connection fails on the way; commands that are refused are noted. */
  private async checkCommands(): Promise<void> {
    const { connection, keyOf } = this;
    if (connection === undefined || keyOf === undefined) return;
    this.subscriptions?.subscribeAll();
    const trial = checkCommands(connection, keyOf);
    const toError = () => new RedisUnavailableError('no answer to a trial of commands');
    const refusal = await withTimeout(Math.max(this.limitMs, redisPolicy.probeTimeoutMs), trial, toError);
    if (refusal === undefined) this.refusals.checkSucceeded();
    else this.noteRefusal(refusal);
  }

  /** Except a connection that is being made: ioredis would not try again. */
  private renewConnections(): void {
    for (const each of [this.connection, this.subscribing])
      if (each?.status === 'connect' || each?.status === 'ready') each.disconnect(true);
  }

  private markAvailable(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.loginRefusal = undefined;
    this.metrics.setAvailable(true);
    if (this.refusals.current === undefined) this.logger.log(`Redis is there; our keys are ${this.neededPattern}`);
    for (const listener of this.availableListeners) listener();
    void this.checkMemory();
  }

  /** Once; the cache would fill the memory of the server. */
  private async checkMemory(): Promise<void> {
    if (this.isMemoryChecked || this.connection === undefined) return;
    this.isMemoryChecked = true;
    if (await isMemoryUnbounded(this.connection))
      this.logger.warn(
        'Redis has no maxmemory, so cached pages may fill its machine; see docs/scaling.md, Memory of Redis',
      );
  }
}
