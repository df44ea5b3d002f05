/**
 * Metrics of several processes on one port, added up, whichever of them is asked: it asks the first, which asks them
 * all. Where that takes too long, nothing is said: what one
 * process knows would look as if the others had counted from the beginning.
 */
import cluster from 'node:cluster';
import { within } from '@platform/resilience';
import { AggregatorRegistry, type Registry } from 'prom-client';

const ASK = 'farmlokal:metrics?';
const TELL = 'farmlokal:metrics';

interface Told {
  readonly type: string;
  readonly exposition: string | undefined;
}

/** A process that starts answers after a second or two; a Prometheus server waits ten. */
const DEADLINE_MS = 6_000;

/** In the process that starts the others. */
export function gatherMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker, message: { type?: string }) => {
    if (message.type !== ASK) return;
    const tell = (exposition?: string) =>
      worker.isConnected() && worker.send({ type: TELL, exposition } satisfies Told);
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
  return cluster.isWorker ? askFirst().catch(() => undefined) : registry.metrics();
}

/** All who ask at the same time may be told the same. */
async function askFirst(): Promise<string | undefined> {
  let listen: (message: Told) => void;
  const told = new Promise<string | undefined>((resolve) => {
    listen = ({ type, exposition }) => type === TELL && resolve(exposition);
    process.on('message', listen);
  });
  process.send?.({ type: ASK });
  try {
    return await within(DEADLINE_MS, told, () => new Error('the first process does not answer'));
  } finally {
    process.off('message', listen!);
  }
}
