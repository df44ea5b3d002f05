/** Writes a task and its duration to stderr, so that the report on stdout can be piped. */
export async function step<T>(task: string, work: () => T | Promise<T>): Promise<T> {
  process.stderr.write(`${task} … `);
  const startedMs = performance.now();
  try {
    return await work();
  } finally {
    process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s\n`);
  }
}
