/**
 * Ends a process whose event loop stands still, so that others can go on with what it had in hand: a loop without an
 * end answers no probe and takes no signal. The watch is kept by a thread, which counts its own seconds; a process that
 * was stopped as a whole has missed none.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { Watch } from './watchdog.thread';

/** Far longer than the slowest thing done in one piece, and shorter than probes take to give a process up. */
const GIVES_UP_AFTER_SECONDS = 10;

export function watchEventLoop(): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: Watch = { beats, givesUpAfterSeconds: GIVES_UP_AFTER_SECONDS };
  // nothing else runs in it, such as what NODE_OPTIONS has the process load
  new Worker(join(__dirname, 'watchdog.thread.js'), { workerData, env: {}, execArgv: [] })
    .on('error', (error) => new Logger('Process').error(error, 'Nobody watches the event loop any more'))
    .unref();
  setInterval(() => Atomics.add(beats, 0, 1), 500).unref();
}
