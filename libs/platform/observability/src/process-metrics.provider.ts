/**
 * Aggregated metrics of a cluster on one port. The worker that receives the request queries the primary process, which
 * queries all workers. After a timeout no metrics are returned: those of one process would look like a counter reset.
 */
import cluster from 'node:cluster';
import { withDeadline } from '@platform/resilience';
import { AggregatorRegistry, type Registry } from 'prom-client';

const REQUEST = 'farmlokal:metrics?';
const REPLY = 'farmlokal:metrics';

interface MetricsReply {
  readonly type: string;
  readonly exposition: string | undefined;
}

/** A starting process replies within 2 s; a Prometheus server waits 10 s. */
const TIMEOUT_MS = 6_000;

/** Serves aggregated metrics to the workers; called in the primary process. */
export function aggregateMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker, message: { type?: string }) => {
    if (message.type !== REQUEST) return;
    const reply = (exposition?: string) =>
      worker.isConnected() && worker.send({ type: REPLY, exposition } satisfies MetricsReply);
    all.clusterMetrics().then(reply, () => reply());
  });
}

/** Offers the metrics of this process to the primary; called in each worker. */
export function shareMetrics(registry: Registry): void {
  AggregatorRegistry.setRegistries([registry]);
  new AggregatorRegistry(); // its constructor listens for requests of the primary
}

/** Returns the metrics in the exposition format; undefined if the aggregate is unavailable. */
export function exposeMetrics(registry: Registry): Promise<string | undefined> {
  return cluster.isWorker ? requestAggregate().catch(() => undefined) : registry.metrics();
}

/** Resolves with the next reply. Concurrent requests may share one reply. */
async function requestAggregate(): Promise<string | undefined> {
  let listen: (message: MetricsReply) => void;
  const received = new Promise<string | undefined>((resolve) => {
    listen = ({ type, exposition }) => type === REPLY && resolve(exposition);
    process.on('message', listen);
  });
  process.send?.({ type: REQUEST });
  try {
    return await withDeadline(TIMEOUT_MS, received, () => new Error('the primary process does not reply'));
  } finally {
    process.off('message', listen!);
  }
}
