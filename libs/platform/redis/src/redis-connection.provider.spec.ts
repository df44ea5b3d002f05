import { EventEmitter } from 'node:events';
import type { RedisConfig } from '@platform/config';
import { advance, useVirtualTime } from '@testing/resilience';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { openConnection } from './redis-connection.provider';
import { redisPolicy } from './redis.policy';
import { replyError } from './testing';

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
    'no repetition: through %s, no command is queued, repeated or sent again',
    (kind) => {
      expect(optionsFor(kind)).toMatchObject({
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        autoResubscribe: false,
      });
    },
  );

  it('no repetition: commands fail while there is no connection', () => {
    expect(optionsFor('standalone').enableOfflineQueue).toBe(false);
    expect(optionsFor('sentinel').enableOfflineQueue).toBe(false);
    expect(clusterOptions().enableOfflineQueue).toBe(false);
  });

  it('reconnection: is tried at least once a second, for ever, and jittered', () => {
    const { retryStrategy } = optionsFor('standalone');
    jest.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValue(0.999);
    const delaysMs = [1, 1, 10, 1_000_000].map((attempt) => Number(retryStrategy?.(attempt)));
    expect(delaysMs[0]).toBe(50);
    expect(delaysMs[1]).toBeCloseTo(100, 0);
    for (const ms of delaysMs) expect(ms).toBeLessThanOrEqual(redisPolicy.maxReconnectDelayMs);
  });

  it('demoted master: READONLY leads to a new connection, at most once in five seconds', async () => {
    const { reconnectOnError } = optionsFor('standalone');
    expect(reconnectOnError?.(READONLY)).toBe(true);
    await advance(redisPolicy.demotedReconnectEveryMs - 1);
    expect(reconnectOnError?.(READONLY)).toBe(false);
    await advance(1);
    expect(reconnectOnError?.(READONLY)).toBe(true);
  });

  it('demoted master: each connection has its own five seconds', () => {
    const [one, other] = [optionsFor('standalone'), optionsFor('standalone')];
    expect([one, other].map(({ reconnectOnError }) => reconnectOnError?.(READONLY))).toEqual([true, true]);
  });

  it.each(['NOPERM no permissions', 'OOM command not allowed', 'ERR READONLY is part of the text'])(
    'other refusals: "%s" keeps the connection',
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
    const asked = (node.asking as () => Promise<void>)();
    await advance(0);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    await expect(asked).rejects.toThrow('Connection is closed.');
  });
});

/** Opens a connection with constructors that only record their arguments. */
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
