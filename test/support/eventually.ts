import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `isSo` returns true. The deadline only ends tests that would never pass, even on a busy machine. */
export async function eventually<T>(ask: () => T | Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (performance.now() > deadlineMs)
      throw new Error(`the condition was not met within 30 s; last: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}
