import { abortable } from './abortable';

/** The deadline has passed. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

/** The outer signal, which may end the work before its deadline, and work that can be aborted. */
type AbortableWork<T> = [outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>];

/** Work that cannot be aborted, and the function that ends it at its deadline and returns the error. */
type StartedWork<T> = [work: Promise<T>, toError: () => Error];

/**
 * Runs work with a deadline. A result that has arrived but is still unread at the deadline is returned, because the
 * event loop of this process may have been blocked.
 *
 * With an outer signal, `work` receives a signal that aborts at the deadline, or when `outer` aborts. The result is a
 * rejection with the reason of that signal, even if `work` ignores it: `withDeadline(5, outer, () => neverSettles)` →
 * DeadlineExceededError after 5 ms.
 *
 * With work in progress, `toError` gives the rejection: `withDeadline(5, neverSettles, () => new Error('slow'))` → Error
 * `slow` after 5 ms.
 */
export function withDeadline<T>(deadlineMs: number, ...work: AbortableWork<T>): Promise<T>;
export function withDeadline<T>(deadlineMs: number, ...work: StartedWork<T>): Promise<T>;
export function withDeadline<T>(deadlineMs: number, ...work: AbortableWork<T> | StartedWork<T>): Promise<T> {
  return isAbortable(work) ? abortAfter(deadlineMs, ...work) : rejectAfter(deadlineMs, ...work);
}

function isAbortable<T>(work: AbortableWork<T> | StartedWork<T>): work is AbortableWork<T> {
  return work[0] instanceof AbortSignal;
}

async function abortAfter<T>(deadlineMs: number, ...[outer, work]: AbortableWork<T>): Promise<T> {
  const inner = new AbortController();
  const abort = () => inner.abort(outer.reason);
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  try {
    return await rejectAfter(deadlineMs, abortable(work(inner.signal), inner.signal), () => {
      const error = new DeadlineExceededError(`the deadline of ${deadlineMs} ms was exceeded`);
      inner.abort(error);
      return error;
    });
  } finally {
    outer.removeEventListener('abort', abort);
  }
}

async function rejectAfter<T>(deadlineMs: number, ...[work, toError]: StartedWork<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let finalCheck: NodeJS.Immediate | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      finalCheck = setImmediate(() => reject(toError()));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    clearImmediate(finalCheck);
  }
}
