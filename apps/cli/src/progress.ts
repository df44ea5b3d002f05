import { Presets, SingleBar } from 'cli-progress';

const FORMAT = '{bar} {percentage}% of {total} {unit}, {eta_formatted} left';

/** Runs the work, with a progress bar if stderr is a terminal, and returns its result and its duration in seconds. */
export async function withProgress<T>(
  unit: string,
  total: number,
  work: (onProgress: (done: number, newTotal?: number) => void) => Promise<T>,
): Promise<{ result: T; seconds: string }> {
  const bar = new SingleBar({ format: FORMAT, noTTYOutput: false, hideCursor: true }, Presets.shades_classic);
  const startedMs = performance.now();
  const startBar = (of: number) => process.stderr.isTTY && bar.start(of, 0, { unit });
  if (total > 0) startBar(total); // otherwise the work reports the total
  try {
    const result = await work((done, newTotal) => {
      if (newTotal !== undefined && bar.isActive) bar.setTotal(newTotal);
      else if (newTotal !== undefined) startBar(newTotal);
      bar.update(done);
    });
    return { result, seconds: ((performance.now() - startedMs) / 1_000).toFixed(1) };
  } finally {
    bar.stop();
  }
}
