/**
 * Client of an optional Redis: every caller works without it. Redis counts as unavailable if it is not configured, or
 * until the database is reached, because keys contain its namespace. Works as a circuit breaker: after the first
 * command that times out or loses its connection, commands fail at once. A probe per second detects when Redis is
 * available again.
 */
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { DatabaseIdentity } from '@platform/database';
import { Clock, SingleFlight, withDeadline } from '@platform/resilience';
import { redisKeyPattern, redisKeysOf, type RedisKeyOf } from '../redis-keys';
import { RedisMetrics } from '../redis-metrics.service';
import { runDefined, type RedisScript } from '../redis-script.provider';
import { RedisSubscriptions } from '../redis-subscriptions.provider';
import { redisPolicy } from '../redis.policy';
import { checkCommands } from './redis-command-check.provider';
import { OPEN_CONNECTION, type Connection, type OpenConnection } from './redis-connection.provider';
import { isErrorReply, CommandTimeoutError, RedisUnavailableError, toRefusal, type RedisRefusal } from './redis-errors';
import { isMemoryUnbounded } from './redis-memory.provider';
import { measureReplyMs } from './redis-probe.provider';
import { RedisRefusals } from './redis-refusals.provider';

const UNRESPONSIVE = 'it does not respond';
const UNKNOWN_NAMESPACE = 'its key namespace is unknown until the database is reached';

@Injectable()
export class RedisClient implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly connection: Connection | undefined;
  private readonly subscriber: Connection | undefined;
  private readonly subscriptions: RedisSubscriptions | undefined;
  private readonly refusals = new RedisRefusals();
  private readonly timeoutMs: number;
  private readonly availableListeners: (() => void)[] = [];
  private isConnected = false;
  private unavailableReason = UNRESPONSIVE;
  private lastLoggedError = '';
  private loginRefusal: RedisRefusal | undefined;
  private failedProbes = 0;
  private isMemoryChecked = false;
  private readonly probes = new SingleFlight<'probe', void>();
  private stopProbing: () => void = () => undefined;
  private readonly toTimeout = () => new CommandTimeoutError(this.timeoutMs);

  constructor(
    { redis }: AppConfig,
    private readonly identity: DatabaseIdentity,
    private readonly metrics: RedisMetrics,
    private readonly clock: Clock,
    @Inject(OPEN_CONNECTION) open: OpenConnection,
  ) {
    this.timeoutMs = redis?.commandTimeoutMs ?? redisPolicy.commandTimeoutMs;
    if (redis === undefined) return;
    this.connection = open(redis);
    this.subscriber = open(redis);
    this.subscriptions = new RedisSubscriptions(this.subscriber, (error) => this.recordRefusal(toRefusal(error)));
    for (const each of [this.connection, this.subscriber]) each.on('error', (error: Error) => this.logOnce(error));
    this.connection
      .on('ready', () => void this.probe())
      .on('close', () => this.markUnavailable('the connection was closed'));
    identity.onKnown(() => void this.probeAgain());
  }

  async onModuleInit(): Promise<void> {
    if (this.connection === undefined) return;
    this.stopProbing = this.clock.every(redisPolicy.probeEveryMs, () => void this.probeRegularly());
    await this.waitUntilAvailable();
  }

  onApplicationShutdown(): void {
    this.stopProbing();
    this.connection?.removeAllListeners('close').disconnect();
    this.subscriber?.disconnect();
  }

  /** Resolves when Redis is available, or after a second. Resolves at once while the namespace is unknown. */
  async waitUntilAvailable(): Promise<void> {
    if (this.connection === undefined || this.identity.namespace === undefined || this.isConnected) return;
    const available = new Promise<void>((resolve) => this.onAvailable(resolve));
    const toError = () => new RedisUnavailableError('Redis did not reply at startup');
    await withDeadline(redisPolicy.connectTimeoutMs, available, toError).catch(() =>
      this.logger.warn(`Continuing without Redis until it is available: ${this.unavailableReason}`),
    );
  }

  /** Whether the last command got a reply. Callers need not check it before a command. */
  get isAvailable(): boolean {
    return this.isConnected;
  }

  /** Reason why Redis is unavailable or refuses commands, without host names; undefined if neither applies. */
  get problem(): string | undefined {
    if (!this.isConnected) return this.unavailableReason;
    const { current } = this.refusals;
    return current && `it refuses ${current.command} (${current.code}), which is needed on ${this.neededPattern}`;
  }

  /** Throws error replies, and RedisUnavailableError within the timeout, or at once while Redis is unavailable. */
  async run<T>(command: (redis: Connection, keyOf: RedisKeyOf) => Promise<T>): Promise<T> {
    const { connection, keyOf } = this;
    if (connection === undefined || keyOf === undefined || !this.isConnected)
      throw new RedisUnavailableError('Redis is unavailable');
    try {
      return await withDeadline(this.timeoutMs, command(connection, keyOf), this.toTimeout);
    } catch (error) {
      this.metrics.countFailure(isErrorReply(error) ? 'refused' : 'unanswered');
      this.recordRefusal(toRefusal(error));
      if (isErrorReply(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.markUnavailable(reason, error instanceof CommandTimeoutError);
      throw new RedisUnavailableError('Redis did not reply', { cause: error });
    }
  }

  /** Runs a script with one key; throws the same errors as `run`. */
  runScript(
    script: RedisScript,
    key: (keyOf: RedisKeyOf) => string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return this.run((redis, keyOf) => runDefined(redis, script, [key(keyOf)], args));
  }

  /** Calls the listener for every message and after each subscription. Messages sent during a disconnect are lost. */
  subscribe(channel: (keyOf: RedisKeyOf) => string, listener: () => void): void {
    const add = () => this.keyOf && this.subscriptions?.add(channel(this.keyOf), listener);
    if (this.keyOf === undefined) this.identity.onKnown(add);
    else add();
  }

  /** Calls the listener whenever Redis becomes available, including the first time. */
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

  /** Repeated errors, such as a refused connection or a wrong password, are logged once. */
  private logOnce(error: Error): void {
    if (error.message !== this.lastLoggedError) this.logger.warn(`Connection to Redis: ${error.message}`);
    this.lastLoggedError = error.message;
    this.loginRefusal = toRefusal(error);
  }

  private recordRefusal(refusal: RedisRefusal | undefined): void {
    if (refusal !== undefined) this.refusals.record(refusal, this.neededPattern);
  }

  /** Not logged during a refusal: a server that refuses writes causes repeated reconnects, and is already logged. */
  private markUnavailable(reason: string, isTimeout = false): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.failedProbes = 0;
    // the next probe distinguishes slow from unresponsive
    this.unavailableReason = isTimeout ? `slow: ${reason} (REDIS_COMMAND_TIMEOUT_MS)` : UNRESPONSIVE;
    this.metrics.setAvailable(false);
    if (this.refusals.current === undefined) this.logger.warn(`Redis is unavailable: ${reason}`);
  }

  private async probeRegularly(): Promise<void> {
    if (!this.isConnected) await this.probe();
    else if (this.refusals.current !== undefined) await this.checkCommands().catch(() => undefined);
  }

  /** Probes an unavailable Redis; one probe at a time. */
  private probe(): Promise<void> {
    return this.probes.run('probe', () => this.probeOnce());
  }

  /** Probes after the probe in progress, which may have found the namespace unknown. */
  private async probeAgain(): Promise<void> {
    if (this.probes.has('probe')) await this.probe();
    await this.probe();
  }

  private async probeOnce(): Promise<void> {
    if (this.isConnected || this.connection === undefined) return;
    try {
      const replyMs = await measureReplyMs(this.connection, this.timeoutMs);
      if (replyMs > this.timeoutMs) this.recordSlowProbe(replyMs);
      else if (this.keyOf === undefined) this.unavailableReason = UNKNOWN_NAMESPACE;
      else {
        await this.checkCommands();
        this.markAvailable();
      }
    } catch (error) {
      this.failedProbes += 1;
      const refusal = toRefusal(error) ?? this.loginRefusal;
      if (refusal === undefined) this.unavailableReason = UNRESPONSIVE;
      else this.recordFailedProbe(`it refuses ${refusal.command} (${refusal.code})`);
      if (this.failedProbes % redisPolicy.probesPerConnection === 0) this.renewConnections();
    }
  }

  private recordSlowProbe(replyMs: number): void {
    this.recordFailedProbe(`slow: replied in ${replyMs} ms, limit ${this.timeoutMs} ms (REDIS_COMMAND_TIMEOUT_MS)`);
  }

  /** Logs only a change of the kind, because the measured time varies. */
  private recordFailedProbe(reason: string): void {
    const [kind = ''] = reason.split(':', 1);
    if (!this.unavailableReason.startsWith(kind)) this.logger.warn(`Redis cannot be used: ${reason}`);
    this.unavailableReason = reason;
  }

  /** Records refused commands. Throws if the connection fails during the check. */
  private async checkCommands(): Promise<void> {
    const { connection, keyOf } = this;
    if (connection === undefined || keyOf === undefined) return;
    this.subscriptions?.subscribeAll();
    const check = checkCommands(connection, keyOf);
    const toError = () => new RedisUnavailableError('no reply to the command check');
    const refusal = await withDeadline(Math.max(this.timeoutMs, redisPolicy.probeTimeoutMs), check, toError);
    if (refusal === undefined) this.refusals.checkSucceeded();
    else this.recordRefusal(refusal);
  }

  /** Skips a connection that is being established: ioredis would not retry it. */
  private renewConnections(): void {
    for (const each of [this.connection, this.subscriber])
      if (each?.status === 'connect' || each?.status === 'ready') each.disconnect(true);
  }

  private markAvailable(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.loginRefusal = undefined;
    this.metrics.setAvailable(true);
    if (this.refusals.current === undefined) this.logger.log(`Redis is available; keys: ${this.neededPattern}`);
    for (const listener of this.availableListeners) listener();
    void this.checkMemory();
  }

  /** Warns once, because cached pages could fill the memory of the server. */
  private async checkMemory(): Promise<void> {
    if (this.isMemoryChecked || this.connection === undefined) return;
    this.isMemoryChecked = true;
    if (await isMemoryUnbounded(this.connection))
      this.logger.warn(
        'Redis has no maxmemory, so cached pages may fill the memory of its host; see docs/scaling.md, Memory of Redis',
      );
  }
}
