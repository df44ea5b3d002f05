/**
 * Metrics of several processes on one port, added up, whichever of them is asked: it asks the first, which asks them
 * all. Where that takes too long, nothing is said: what one
 * process knows would look as if the others had counted from the beginning.
 */
import cluster from 'node:cluster';
import { withTimeout } from '@platform/resilience';
import { AggregatorRegistry, type Registry } from 'prom-client';

const REQUEST = 'farmlokal:metrics?';
const REPLY = 'farmlokal:metrics';

interface MetricsReply {
  readonly type: string;
  readonly exposition: string | undefined;
}

/** A process that starts answers after a second or two; a Prometheus server waits ten. */
const DEADLINE_MS = 6_000;

/** In the process that starts the others. */
export function aggregateMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker, message: { type?: string }) => {
    if (message.type !== REQUEST) return;
    const tell = (exposition?: string) =>
      worker.isConnected() && worker.send({ type: REPLY, exposition } satisfies MetricsReply);
    all.clusterMetrics().then(tell, () => tell());
  });
}

/** In each of those that serve. */
export function shareMetrics(registry: Registry): void {
  AggregatorRegistry.setRegistries([registry]);
  new AggregatorRegistry(); // which listens to whoever asks this process
}

/** In the exposition format; undefined where the processes cannot all be asked. */
export function exposeMetrics(registry: Registry): Promise<string | undefined> {
  return cluster.isWorker ? requestAggregate().catch(() => undefined) : registry.metrics();
}

/** All who ask at the same time may be told the same. */
async function requestAggregate(): Promise<string | undefined> {
  let listen: (message: MetricsReply) => void;
  const told = new Promise<string | undefined>((resolve) => {
    listen = ({ type, exposition }) => type === REPLY && resolve(exposition);
    process.on('message', listen);
  });
  process.send?.({ type: REQUEST });
  try {
    return await withTimeout(DEADLINE_MS, told, () => new Error('the first process does not answer'));
  } finally {
    process.off('message', listen!);
  }
}
