import { EventEmitter } from 'node:events';
import type { Connection } from './redis-connection.provider';
import { RedisSubscriptions } from './redis-subscriptions.provider';

class FakeConnection extends EventEmitter {
  status = 'connecting';
  readonly subscribed: string[] = [];
  isRefusing = false;

  subscribe(channel: string): Promise<void> {
    if (this.isRefusing) return Promise.reject(new Error('NOPERM'));
    this.subscribed.push(channel);
    return Promise.resolve();
  }

  connect(): void {
    this.status = 'ready';
    this.emit('ready');
  }

  lose(): void {
    this.status = 'reconnecting';
    this.emit('close');
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Redis subscription', () => {
  const failures: unknown[] = [];
  let connection: FakeConnection;
  let subscriptions: RedisSubscriptions;
  let calls: number;

  beforeEach(() => {
    failures.length = 0;
    calls = 0;
    connection = new FakeConnection();
    subscriptions = new RedisSubscriptions(connection as unknown as Connection, (error) => failures.push(error));
    subscriptions.add('changes', () => (calls += 1));
  });

  it('reconnection: the listener runs after the first and each later subscription, as messages may be lost', async () => {
    connection.connect();
    await settled();
    expect(calls).toBe(1);
    connection.lose();
    connection.connect();
    await settled();
    expect([calls, connection.subscribed]).toEqual([2, ['changes', 'changes']]);
  });

  it('pub/sub: the listener runs only for messages of its channel', async () => {
    connection.connect();
    await settled();
    connection.emit('message', 'changes');
    connection.emit('message', 'others');
    expect(calls).toBe(2);
  });

  it('refused subscription: the error is reported, and subscribing can be retried', async () => {
    connection.isRefusing = true;
    connection.connect();
    await settled();
    expect([calls, failures.length]).toEqual([0, 1]);
    connection.isRefusing = false;
    subscriptions.subscribeAll();
    subscriptions.subscribeAll();
    await settled();
    expect([calls, connection.subscribed]).toEqual([1, ['changes']]);
  });
});
