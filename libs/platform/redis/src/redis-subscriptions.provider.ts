/**
 * Subscriptions on a dedicated connection, renewed after every reconnect. A listener also runs after each successful
 * SUBSCRIBE, because messages published before it are lost. For a cluster, ioredis keeps one connection for
 * subscriptions and renews it without an event. Listeners then run only for messages, so callers also have to poll.
 */
import type { Connection } from './client/redis-connection.provider';

type Listener = () => void;

export class RedisSubscriptions {
  private readonly listeners = new Map<string, Listener>();
  private readonly subscribed = new Set<string>();

  constructor(
    private readonly connection: Connection,
    private readonly onFailed: (error: unknown) => void,
  ) {
    connection
      .on('message', (channel: string) => this.listeners.get(channel)?.())
      .on('close', () => this.subscribed.clear())
      .on('ready', () => this.subscribeAll());
  }

  add(channel: string, listener: Listener): void {
    this.listeners.set(channel, listener);
    this.subscribeAll();
  }

  /** Subscribes to the channels that this connection is not subscribed to. */
  subscribeAll(): void {
    if (this.connection.status !== 'ready') return;
    for (const channel of this.listeners.keys()) if (!this.subscribed.has(channel)) void this.subscribe(channel);
  }

  private async subscribe(channel: string): Promise<void> {
    this.subscribed.add(channel);
    try {
      await this.connection.subscribe(channel);
      this.listeners.get(channel)?.();
    } catch (error) {
      this.subscribed.delete(channel);
      this.onFailed(error);
    }
  }
}
