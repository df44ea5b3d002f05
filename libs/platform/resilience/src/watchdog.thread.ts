/** Watchdog thread of `watchEventLoop`. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export interface Watch {
  /** Heartbeat counter, which the monitored thread increments more often than once a second. */
  readonly beats: Int32Array<SharedArrayBuffer>;
  readonly timeoutSeconds: number;
}

const STANDARD_ERROR = 2;

const { beats, timeoutSeconds } = workerData as Watch;
let lastBeat = 0;
let missedSeconds = 0;

setInterval(() => {
  const beat = Atomics.load(beats, 0);
  missedSeconds = beat === lastBeat ? missedSeconds + 1 : 0;
  lastBeat = beat;
  if (missedSeconds < timeoutSeconds) return;
  writeSync(STANDARD_ERROR, `the event loop was blocked for ${missedSeconds} s; the process is killed\n`);
  process.kill(process.pid, 'SIGKILL');
}, 1_000);
