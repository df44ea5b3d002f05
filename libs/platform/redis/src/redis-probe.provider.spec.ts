import { advance, useVirtualTime } from '@testing/resilience';
import { Cluster } from 'ioredis';
import { measureAnswerMs } from './redis-probe.provider';
import { redisPolicy } from './redis.policy';

const LIMIT_MS = redisPolicy.commandTimeoutMs;

describe('probe', () => {
  useVirtualTime();

  it('cluster: lasts as long as the slowest master needs', async () => {
    const measured = measureAnswerMs(clusterOf(1, 100, 2), LIMIT_MS);
    await advance(100);
    expect(await measured).toBe(100);
  });

  it('cluster: fails if one master does not answer', async () => {
    const failed = expect(measureAnswerMs(clusterOf(1, Infinity), LIMIT_MS)).rejects.toThrow('no answer within 900 ms');
    await advance(redisPolicy.probeTimeoutMs);
    await failed;
  });

  it('cluster: fails if no master is known', async () => {
    await expect(measureAnswerMs(clusterOf(), LIMIT_MS)).rejects.toThrow('no server is known');
  });

  it('limit: a patient client waits for its own limit if that is longer than that of a probe', async () => {
    const measured = measureAnswerMs(clusterOf(4_000), 5_000);
    await advance(5_000);
    expect(await measured).toBe(4_000);
  });
});

function clusterOf(...answerAfterMs: number[]): Cluster {
  const masters = answerAfterMs.map((ms) => ({
    ping: () => new Promise((answer) => ms < Infinity && setTimeout(answer, ms)),
  }));
  const nodes = (role: string) => (role === 'master' ? masters : []);
  return Object.assign(Object.create(Cluster.prototype) as Cluster, { nodes });
}
