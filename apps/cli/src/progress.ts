import { Presets, SingleBar } from 'cli-progress';

const FORMAT = '{bar} {percentage}% of {total} {unit}, {eta_formatted} left';

/**
 * Does the work with a progress bar on the terminal, or with nothing at all when nobody looks (a pipe, a log, CI),
 * and says how long it took.
 */
export async function withProgress<T>(
  unit: string,
  total: number,
  work: (onProgress: (done: number, newTotal?: number) => void) => Promise<T>,
): Promise<{ result: T; seconds: string }> {
  const bar = new SingleBar({ format: FORMAT, noTTYOutput: false, hideCursor: true }, Presets.shades_classic);
  const startedMs = performance.now();
  const begin = (of: number) => process.stderr.isTTY && bar.start(of, 0, { unit });
  if (total > 0) begin(total); // else it is known when the work has begun
  try {
    const result = await work((done, newTotal) => {
      if (newTotal !== undefined && bar.isActive) bar.setTotal(newTotal);
      else if (newTotal !== undefined) begin(newTotal);
      bar.update(done);
    });
    return { result, seconds: ((performance.now() - startedMs) / 1_000).toFixed(1) };
  } finally {
    bar.stop();
  }
}
