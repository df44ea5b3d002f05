/** The thread of `watchEventLoop`. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export interface Watch {
  /** Counted up by who is watched, more often than once a second. */
  readonly beats: Int32Array<SharedArrayBuffer>;
  readonly givesUpAfterSeconds: number;
}

const STANDARD_ERROR = 2;

const { beats, givesUpAfterSeconds } = workerData as Watch;
let seen = 0;
let missed = 0;

setInterval(() => {
  const beat = Atomics.load(beats, 0);
  missed = beat === seen ? missed + 1 : 0;
  seen = beat;
  if (missed < givesUpAfterSeconds) return;
  writeSync(STANDARD_ERROR, `the event loop stood still for ${missed} s; this process ends itself\n`);
  process.kill(process.pid, 'SIGKILL');
}, 1_000);
