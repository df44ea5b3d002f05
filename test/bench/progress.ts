/** Says what is under way and how long it took; on stderr, so that the report can be piped. */
export async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  process.stderr.write(`${what} … `);
  const startedMs = performance.now();
  try {
    return await work();
  } finally {
    process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s\n`);
  }
}
