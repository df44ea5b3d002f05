/** Redis for unit tests: connections without a network to a server with configured replies. It stores nothing. */
import { EventEmitter } from 'node:events';
import type { AppConfig } from '@platform/config';
import type { DatabaseIdentity } from '@platform/database';
import { Clock } from '@platform/resilience';
import { Registry } from 'prom-client';
import type { Connection, OpenConnection } from './client/redis-connection.provider';
import { RedisMetrics } from './redis-metrics.service';
import type { RedisScript } from './redis-script.provider';
import { RedisClient } from './client/redis.client';

export { redisKeysOf } from './redis-keys';

type Argument = string | number;

/** A command that reached the server; scripts are EVALSHA with their keys and arguments. */
export interface ReceivedCommand {
  readonly name: string;
  readonly args: readonly Argument[];
}

/** One server. All connections of `open` share it. */
export class FakeRedis {
  readonly connections: FakeConnection[] = [];
  readonly received: ReceivedCommand[] = [];
  /** Reply delay of subsequent commands, in ms. Infinity: the server accepts commands and never replies. */
  replyAfterMs = 0;
  /** Error replies by command name, such as `get` → `NOPERM …`. */
  readonly refusals = new Map<string, string>();
  scriptReply: unknown = null;
  memoryInfo = 'maxmemory:1000000';
  isReachable = true;

  readonly open: OpenConnection = () => {
    const connection = new FakeConnection(this);
    this.connections.push(connection);
    return connection as unknown as Connection;
  };

  count(name: string): number {
    return this.received.filter((command) => command.name === name).length;
  }

  /** Closes all connections; none can be opened until `restore`. */
  cut(): void {
    this.isReachable = false;
    for (const each of this.connections) each.drop();
  }

  restore(): void {
    this.isReachable = true;
    for (const each of this.connections) each.dial();
  }
}

/** Behaves like ioredis with our options: no offline queue, and no command is sent twice. */
export class FakeConnection extends EventEmitter {
  status: 'connecting' | 'ready' | 'reconnecting' | 'end' = 'connecting';
  /** Number of times the client has renewed this connection. */
  renewals = 0;
  private readonly channels = new Set<string>();
  private readonly pending = new Set<(error: Error) => void>();

  constructor(private readonly server: FakeRedis) {
    super();
    this.dial();
  }

  dial(): void {
    setImmediate(() => {
      if (!this.server.isReachable || this.status === 'ready' || this.status === 'end') return;
      this.status = 'ready';
      this.emit('ready');
    });
  }

  drop(): void {
    if (this.status === 'end') return;
    this.close('reconnecting');
    this.dial();
  }

  disconnect(isRenewed = false): void {
    if (isRenewed) {
      this.renewals += 1;
      this.drop();
    } else this.close('end');
  }

  ping(): Promise<string> {
    return this.send('ping', [], () => 'PONG');
  }

  get(key: string): Promise<null> {
    return this.send('get', [key], () => null);
  }

  set(...args: Argument[]): Promise<string> {
    return this.send('set', args, () => 'OK');
  }

  del(key: string): Promise<number> {
    return this.send('del', [key], () => 0);
  }

  info(section: string): Promise<string> {
    return this.send('info', [section], () => this.server.memoryInfo);
  }

  publish(channel: string, message: string): Promise<number> {
    return this.send('publish', [channel, message], () => {
      const receivers = this.server.connections.filter((each) => each.channels.has(channel));
      for (const each of receivers) each.emit('message', channel, message);
      return receivers.length;
    });
  }

  subscribe(channel: string): Promise<void> {
    return this.send('subscribe', [channel], () => void this.channels.add(channel));
  }

  defineCommand(name: string, _script: RedisScript): void {
    const run = (...args: Argument[]) => this.send('evalsha', args, () => this.server.scriptReply);
    Object.assign(this, { [name]: run });
  }

  private close(next: 'reconnecting' | 'end'): void {
    this.status = next;
    this.channels.clear();
    for (const fail of this.pending) fail(new Error('Connection is closed.'));
    this.pending.clear();
    this.emit('close');
  }

  private send<T>(name: string, args: readonly Argument[], execute: () => T): Promise<T> {
    const { replyAfterMs, received, refusals } = this.server;
    if (this.status !== 'ready') return Promise.reject(new Error("Stream isn't writeable"));
    received.push({ name, args });
    const refusal = refusals.get(name);
    return new Promise((resolve, reject) => {
      this.pending.add(reject);
      const reply = () => {
        if (!this.pending.delete(reject)) return; // the connection was closed meanwhile
        if (refusal === undefined) resolve(execute());
        else reject(replyError(refusal, name));
      };
      if (replyAfterMs === 0) reply();
      else if (replyAfterMs < Infinity) setTimeout(reply, replyAfterMs);
    });
  }
}

export function replyError(message: string, command: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name: command, args: ['a-value'] } });
}

export class FakeIdentity {
  private readonly listeners: (() => void)[] = [];

  /** Without a namespace, the database is not reached yet. */
  constructor(public namespace?: string) {}

  onKnown(listener: () => void): void {
    this.listeners.push(listener);
  }

  become(namespace: string): void {
    this.namespace = namespace;
    for (const listener of this.listeners.splice(0)) listener();
  }
}

interface ClientSettings {
  readonly identity?: FakeIdentity;
  readonly commandTimeoutMs?: number;
  readonly registry?: Registry;
}

/** Creates a client that is not started: call `onModuleInit`. */
export function createRedisClient(redis: FakeRedis, settings: ClientSettings = {}): RedisClient {
  const { identity = new FakeIdentity('test'), commandTimeoutMs, registry = new Registry() } = settings;
  const config = { redis: { commandTimeoutMs } } as unknown as AppConfig;
  const metrics = new RedisMetrics(registry);
  return new RedisClient(config, identity as unknown as DatabaseIdentity, metrics, new Clock(), redis.open);
}
