/** Processes behind one load balancer, and expectations of them as one service. */
import { eventually } from '../support/eventually';
import { send, type Replica, type Replicas } from '../support/replicas';
import { startHttpLoadBalancer } from '../support/servers/nginx';
import { freePort } from '../support/servers/servers';

export interface Front {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export async function inFrontOf(running: readonly Replica[]): Promise<Front> {
  const port = await freePort();
  const ports = running.map(({ url }) => Number(new URL(url).port));
  const { stop } = await startHttpLoadBalancer({ port, ports });
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Expects that a change applied by any process becomes visible at each. */
export async function expectChangesSeen(front: Front, running: readonly Replica[]): Promise<void> {
  for (let stock = 1; stock <= 30; stock++) {
    const event = { event: 'stock.updated', id: 'demo-000000007', version: 1_000_000 + stock, data: { stock } };
    expect(await send(front.url, `change-${stock}`, event)).toBe(202);
    for (const { url } of running)
      await eventually(
        async () => (await (await fetch(`${url}/products/7`)).json()) as { stock: number },
        (product) => product.stock === stock,
      );
  }
}

/**
 * Starts three further processes with a limit per minute and expects that they share it. Tolerance: one request per
 * process, because the availability probe also counts.
 */
export async function expectLimitShared(replicas: Replicas, limit = 50): Promise<void> {
  const running = await Promise.all([1, 2, 3].map(() => replicas.serve({ RATE_LIMIT_MAX: String(limit) })));
  const front = await inFrontOf(running);
  const statuses: number[] = [];
  for (let sent = 0; sent < limit * 2; sent++) statuses.push((await fetch(`${front.url}/products`)).status);
  const admitted = statuses.filter((status) => status === 200).length;
  expect(admitted).toBeGreaterThanOrEqual(limit - running.length);
  expect(admitted).toBeLessThanOrEqual(limit + running.length);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  await front.stop();
  await replicas.stop('SIGTERM', ...running);
}
