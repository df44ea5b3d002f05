/**
 * Several processes on one port. The first is started alone, since it may have to prepare the database; a process that
 * ends is replaced; a signal is passed on, and the last to end ends this one. Where the first cannot serve, none can.
 */
import cluster, { type Worker } from 'node:cluster';

/** So that a process that cannot stay up is no busy loop. */
const REPLACE_AFTER_MS = 1_000;

export function serveInProcesses(count: number): void {
  let isEnding = false;
  let isServing = false;
  const stop = (signal: NodeJS.Signals) => {
    isEnding = true;
    for (const worker of workers()) worker.process.kill(signal);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  cluster.on('exit', (_worker, code: number | null) => {
    if (!isServing) process.exit(isEnding ? 0 : (code ?? 1));
    if (!isEnding) setTimeout(() => isEnding || cluster.fork(), REPLACE_AFTER_MS);
    else if (workers().length === 0) process.exit(0);
  });
  cluster.fork().once('listening', () => {
    isServing = true;
    for (let more = 1; more < count && !isEnding; more++) cluster.fork();
  });
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
}
