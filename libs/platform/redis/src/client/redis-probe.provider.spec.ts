import { advance, useVirtualTime } from '@testing/resilience';
import { Cluster } from 'ioredis';
import { redisPolicy } from '../redis.policy';
import { measureReplyMs } from './redis-probe.provider';

const TIMEOUT_MS = redisPolicy.commandTimeoutMs;

describe('probe', () => {
  useVirtualTime();

  it('cluster: takes as long as the slowest master', async () => {
    const measured = measureReplyMs(clusterOf(1, 100, 2), TIMEOUT_MS);
    await advance(100);
    expect(await measured).toBe(100);
  });

  it('cluster: fails if one master does not respond', async () => {
    const failed = expect(measureReplyMs(clusterOf(1, Infinity), TIMEOUT_MS)).rejects.toThrow('no reply within 900 ms');
    await advance(redisPolicy.probeTimeoutMs);
    await failed;
  });

  it('cluster: fails if no master is known', async () => {
    await expect(measureReplyMs(clusterOf(), TIMEOUT_MS)).rejects.toThrow('no master is known');
  });

  it('timeout: the command timeout applies if it is longer than that of a probe', async () => {
    const measured = measureReplyMs(clusterOf(4_000), 5_000);
    await advance(5_000);
    expect(await measured).toBe(4_000);
  });
});

function clusterOf(...replyAfterMs: number[]): Cluster {
  const masters = replyAfterMs.map((ms) => ({
    ping: () => new Promise((resolve) => ms < Infinity && setTimeout(resolve, ms)),
  }));
  const nodes = (role: string) => (role === 'master' ? masters : []);
  return Object.assign(Object.create(Cluster.prototype) as Cluster, { nodes });
}
