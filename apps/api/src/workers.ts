/**
 * Runs several workers on one port. The first worker starts alone, because it may prepare the database or refuse an
 * outdated schema. If it exits before it serves, the primary process exits, too. Later a worker that exits is replaced.
 * Signals are forwarded, and the primary process exits after its last worker, with the highest exit code.
 */
import cluster, { type Worker } from 'node:cluster';
import { aggregateMetrics } from '@platform/observability';

const SERVING_MESSAGE = 'farmlokal:serves';

/** Delay in ms, so that a worker that crashes at its start does not cause a busy loop. */
const REPLACE_AFTER_MS = 1_000;

export function serveInProcesses(count: number): void {
  let isShuttingDown = false;
  let isServing = false;
  let worstCode = 0;
  const stop = (signal: NodeJS.Signals) => {
    isShuttingDown = true;
    for (const worker of workers()) worker.process.kill(signal);
  };
  aggregateMetrics();
  process.on('SIGTERM', stop).on('SIGINT', stop);
  cluster.on('exit', (_worker, exitCode: number | null, signal: NodeJS.Signals | null) => {
    const code = exitCode ?? (isShuttingDown && signal === 'SIGTERM' ? 0 : 1); // a worker without a signal handler yet
    worstCode = Math.max(worstCode, isShuttingDown ? code : 0);
    if (!isServing) process.exit(isShuttingDown ? worstCode : code);
    if (!isShuttingDown) setTimeout(() => isShuttingDown || cluster.fork(), REPLACE_AFTER_MS);
    else if (workers().length === 0) process.exit(worstCode);
  });
  cluster.on('message', (_worker, message: { type?: string }) => {
    if (message.type !== SERVING_MESSAGE || isServing) return;
    isServing = true;
    for (let started = 1; started < count && !isShuttingDown; started++) cluster.fork();
  });
  cluster.fork();
}

/** Notifies the primary process, if any, that it can start the other workers. */
export function reportServing(): void {
  process.send?.({ type: SERVING_MESSAGE });
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
