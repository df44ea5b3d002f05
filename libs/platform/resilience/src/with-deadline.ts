/** The time there was for it is over. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

/**
 * What `work` gives, unless the time is over or the outer signal aborted before: then what the signal says, whether or
 * not the work listens to it.
 */
export async function withDeadline<T>(
  deadlineMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const abort = () => inner.abort(outer.reason);
  const timer = setTimeout(
    () => inner.abort(new DeadlineExceededError(`it took longer than ${deadlineMs} ms`)),
    deadlineMs,
  );
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  try {
    return await Promise.race([work(inner.signal), aborted(inner.signal)]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason as Error);
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) fail();
  });
}
