import { Presets, SingleBar } from 'cli-progress';

/** A progress bar on the terminal; nothing at all when nobody looks (a pipe, a log, CI). */
export function startProgress(unit: string, total: number) {
  const bar = new SingleBar(
    { format: `{bar} {percentage}% of {total} ${unit}, {eta_formatted} left`, noTTYOutput: false, hideCursor: true },
    Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(total, 0);
  return { update: (done: number) => bar.update(done), stop: () => bar.stop() };
}
