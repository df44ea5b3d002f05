/** A TCP load balancer that distributes new connections round-robin over the targets whose readiness probe succeeds. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PROBE_EVERY_MS = 100;

export class Balancer {
  private readonly ready = new Set<string>();
  private readonly targets = new Set<string>();
  private readonly ending = new AbortController();
  private nextIndex = 0;

  private readonly server = createServer((client) => {
    const targets = [...this.ready];
    const target = targets[this.nextIndex++ % Math.max(1, targets.length)];
    if (target === undefined) return void client.destroy();
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.end());
    client.pipe(upstream).pipe(client);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Adds a target and waits until its readiness probe succeeds. */
  async add(target: string): Promise<void> {
    this.targets.add(target);
    void this.probe(target);
    while (!this.ready.has(target)) await delay(PROBE_EVERY_MS / 2);
  }

  remove(target: string): void {
    this.targets.delete(target);
  }

  stop(): void {
    this.ending.abort();
    this.server.close();
  }

  private async probe(target: string): Promise<void> {
    while (this.targets.has(target) && !this.ending.signal.aborted) {
      const isReady = await fetch(`${target}/health/ready`, { headers: { connection: 'close' } })
        .then(({ ok }) => ok)
        .catch(() => false);
      if (isReady) this.ready.add(target);
      else this.ready.delete(target);
      await delay(PROBE_EVERY_MS);
    }
    this.ready.delete(target);
  }
}
