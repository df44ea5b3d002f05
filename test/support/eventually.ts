import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `isMet` returns true. The deadline of 30 s also suits busy machines and only ends failing tests. */
export async function eventually<T>(poll: () => T | Promise<T>, isMet: (value: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const value = await poll();
    if (isMet(value)) return value;
    if (performance.now() > deadlineMs)
      throw new Error(`the condition was not met within 30 s; last value: ${JSON.stringify(value)}`);
    await delay(20);
  }
}
