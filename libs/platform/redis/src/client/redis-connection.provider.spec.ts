import { EventEmitter } from 'node:events';
import type { RedisConfig } from '@platform/config';
import { advance, useVirtualTime } from '@testing/resilience';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { redisPolicy } from '../redis.policy';
import { replyError } from '../testing';
import { openConnection } from './redis-connection.provider';

jest.mock('ioredis', () => ({ Redis: jest.fn(), Cluster: jest.fn() }));

const CONFIG: RedisConfig = {
  kind: 'standalone',
  servers: [{ host: 'redis', port: 6_379 }],
  masterName: 'main',
  username: undefined,
  password: undefined,
  database: 0,
  isTls: false,
  sslCa: undefined,
  family: 0,
  commandTimeoutMs: undefined,
};
const READONLY = replyError("READONLY You can't write against a read only replica.", 'set');

describe('connection', () => {
  useVirtualTime();
  beforeEach(() => jest.resetAllMocks());

  it.each<RedisConfig['kind']>(['standalone', 'sentinel', 'cluster'])(
    'no retries: with %s, no command is queued or sent twice',
    (kind) => {
      expect(optionsFor(kind)).toMatchObject({
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        autoResubscribe: false,
      });
    },
  );

  it('no retries: commands fail while there is no connection', () => {
    expect(optionsFor('standalone').enableOfflineQueue).toBe(false);
    expect(optionsFor('sentinel').enableOfflineQueue).toBe(false);
    expect(clusterOptions().enableOfflineQueue).toBe(false);
  });

  it('reconnect: is attempted at least once a second, without end, and with jitter', () => {
    const { retryStrategy } = optionsFor('standalone');
    jest.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValue(0.999);
    const delaysMs = [1, 1, 10, 1_000_000].map((attempt) => Number(retryStrategy?.(attempt)));
    expect(delaysMs[0]).toBe(50);
    expect(delaysMs[1]).toBeCloseTo(100, 0);
    for (const ms of delaysMs) expect(ms).toBeLessThanOrEqual(redisPolicy.maxReconnectDelayMs);
  });

  it('demoted master: READONLY causes a reconnect, at most once in five seconds', async () => {
    const { reconnectOnError } = optionsFor('standalone');
    expect(reconnectOnError?.(READONLY)).toBe(true);
    await advance(redisPolicy.demotedReconnectEveryMs - 1);
    expect(reconnectOnError?.(READONLY)).toBe(false);
    await advance(1);
    expect(reconnectOnError?.(READONLY)).toBe(true);
  });

  it('demoted master: each connection has its own limit of reconnects', () => {
    const [one, other] = [optionsFor('standalone'), optionsFor('standalone')];
    expect([one, other].map(({ reconnectOnError }) => reconnectOnError?.(READONLY))).toEqual([true, true]);
  });

  it.each(['NOPERM no permissions', 'OOM command not allowed', 'ERR READONLY is part of the text'])(
    'other refusals: "%s" causes no reconnect',
    (message) => {
      expect(optionsFor('standalone').reconnectOnError?.(replyError(message, 'set'))).toBe(false);
    },
  );

  it('cluster: a refused ASKING causes no unhandled rejection', async () => {
    const asking = jest.fn().mockRejectedValue(new Error('Connection is closed.'));
    const node = { asking };
    open('cluster').emit('+node', node);
    const unhandled = jest.fn();
    process.once('unhandledRejection', unhandled);
    const reply = (node.asking as () => Promise<void>)();
    await advance(0);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    await expect(reply).rejects.toThrow('Connection is closed.');
  });
});

/** Opens a connection with mocked constructors, which only record their arguments. */
function open(kind: RedisConfig['kind']): EventEmitter {
  jest.mocked(Cluster).mockReturnValue(new EventEmitter() as Cluster);
  return openConnection({ ...CONFIG, kind });
}

function optionsFor(kind: RedisConfig['kind']): RedisOptions {
  if (kind === 'cluster') return clusterOptions().redisOptions ?? {};
  open(kind);
  const [options = {}] = jest.mocked(Redis).mock.lastCall as unknown as [RedisOptions?];
  return options;
}

function clusterOptions(): ClusterOptions {
  open('cluster');
  return jest.mocked(Cluster).mock.lastCall?.[1] ?? {};
}
