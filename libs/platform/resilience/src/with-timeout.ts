/**
 * Returns the result of `work`, or rejects with `toError()` after the timeout. A result that has arrived but is still
 * unread when the timer fires is returned, because the event loop of this process may have been blocked.
 */
export async function withTimeout<T>(timeoutMs: number, work: Promise<T>, toError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let finalCheck: NodeJS.Immediate | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      finalCheck = setImmediate(() => reject(toError()));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    clearImmediate(finalCheck);
  }
}
