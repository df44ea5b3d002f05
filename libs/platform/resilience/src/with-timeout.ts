/**
 * What `work` gives, or what `toError` says once the time is over. Its answer is looked for a last time when the timer
 * fires: where this process was the one that stood still, the answer is there already and only nobody has read it.
 */
export async function withTimeout<T>(deadlineMs: number, work: Promise<T>, toError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let lastLook: NodeJS.Immediate | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      lastLook = setImmediate(() => reject(toError()));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
