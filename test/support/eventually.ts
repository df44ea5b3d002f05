import { setTimeout as delay } from 'node:timers/promises';

/** Asks until it is so; fails after ten seconds. */
export async function eventually<T>(ask: () => T | Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`it never came to be; last: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}
