import { setTimeout as delay } from 'node:timers/promises';

/** Asks until `isSo`. The deadline only ends tests that would never pass, also on a machine that is busy. */
export async function eventually<T>(ask: () => T | Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`it never came to be; last: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}
