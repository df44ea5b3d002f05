/**
 * Kills a process whose event loop is blocked, so that other processes can continue its work: a blocked event loop
 * answers no probe and handles no signal. A thread counts the seconds without a heartbeat. It counts none while the
 * whole process is stopped.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { Watch } from './watchdog.thread';

/** Far longer than the longest synchronous work, and shorter than probes take to consider a process dead. */
const TIMEOUT_SECONDS = 10;

export function watchEventLoop(): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: Watch = { beats, timeoutSeconds: TIMEOUT_SECONDS };
  // an empty environment, so that the thread loads no modules of NODE_OPTIONS
  new Worker(join(__dirname, 'watchdog.thread.js'), { workerData, env: {}, execArgv: [] })
    .on('error', (error) => new Logger('Process').error(error, 'The event loop is no longer monitored'))
    .unref();
  setInterval(() => Atomics.add(beats, 0, 1), 500).unref();
}
