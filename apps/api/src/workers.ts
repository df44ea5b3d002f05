/**
 * Several processes on one port. The first is started alone until it serves, since it may have to prepare the database,
 * and refuses one that is too old; then a process that ends is replaced; a signal is passed on, and the last to end ends this one, with the worst of their exit codes. Where
 * the first cannot serve, none can.
 */
import cluster, { type Worker } from 'node:cluster';
import { aggregateMetrics } from '@platform/observability';

const SERVES = 'farmlokal:serves';

/** So that a process that cannot stay up is no busy loop. */
const REPLACE_AFTER_MS = 1_000;

export function serveInProcesses(count: number): void {
  let isEnding = false;
  let isServing = false;
  let worstCode = 0;
  const stop = (signal: NodeJS.Signals) => {
    isEnding = true;
    for (const worker of workers()) worker.process.kill(signal);
  };
  aggregateMetrics();
  process.on('SIGTERM', stop).on('SIGINT', stop);
  cluster.on('exit', (_worker, exitCode: number | null, signal: NodeJS.Signals | null) => {
    const code = exitCode ?? (isEnding && signal === 'SIGTERM' ? 0 : 1); // one that had not begun to listen to it
    worstCode = Math.max(worstCode, isEnding ? code : 0);
    if (!isServing) process.exit(isEnding ? worstCode : code);
    if (!isEnding) setTimeout(() => isEnding || cluster.fork(), REPLACE_AFTER_MS);
    else if (workers().length === 0) process.exit(worstCode);
  });
  cluster.on('message', (_worker, message: { type?: string }) => {
    if (message.type !== SERVES || isServing) return;
    isServing = true;
    for (let more = 1; more < count && !isEnding; more++) cluster.fork();
  });
  cluster.fork();
}

/** Tells the process that started this one, if one did, that the others can be started. */
export function reportServing(): void {
  process.send?.({ type: SERVES });
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
