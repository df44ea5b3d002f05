import { Injectable } from '@nestjs/common';

/** Time and randomness, injected so that tests can control them. */
@Injectable()
export class Clock {
  /** Milliseconds since 1970, comparable with other processes; may be set back. */
  nowMs(): number {
    return Date.now();
  }

  /** Milliseconds since an arbitrary moment of this process; monotonic. */
  elapsedMs(): number {
    return performance.now();
  }

  /** Uniform in [0, 1). */
  random(): number {
    return Math.random();
  }

  /** Resolves after `ms`. Rejects with the reason of the signal as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }

  /** Resolves to true after `ms`, or to false as soon as the signal aborts. For loops that run until shutdown. */
  pause(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.sleep(ms, signal).then(
      () => true,
      () => false,
    );
  }

  /** Runs `task` every `ms`, first after `ms`. The returned function stops it. Does not keep the process alive. */
  every(ms: number, task: () => void): () => void {
    const timer = setInterval(task, ms).unref();
    return () => clearInterval(timer);
  }
}
