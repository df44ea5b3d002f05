/** `npm run bench -- [subject] [options]`: measures the built service, or the engine alone, and writes reports. */
import { CleanUp } from '../support/clean-up';
import { benchCache } from './cache.bench';
import { benchCosts } from './costs.bench';
import { benchEngine } from './engine/engine.bench';
import { benchLive } from './live.bench';
import { parseOptions, USAGE, UsageError, type BenchOptions } from './options';
import { benchQueries } from './queries.bench';
import { benchSync } from './sync.bench';
import { benchWebhook } from './webhook.bench';

/** Benchmarks by name. Each resolves to true if every response was as expected. */
const subjects: Readonly<Record<string, (options: BenchOptions, cleanUp: CleanUp) => Promise<boolean>>> = {
  queries: benchQueries,
  cache: benchCache,
  webhook: benchWebhook,
  sync: benchSync,
  costs: benchCosts,
  live: benchLive,
  engine: benchEngine,
};

/** Shells report 128 + SIGINT for a command that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

async function main(cleanUp: CleanUp): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const bench = subjects[options.subject];
  if (bench === undefined)
    throw new UsageError(`unknown subject "${options.subject}"; available: ${Object.keys(subjects).join(', ')}`);
  if (!(await bench(options, cleanUp))) process.exitCode = 1;
}

const cleanUp = new CleanUp();
let isInterrupted = false;
const interrupt = () => {
  isInterrupted = true;
  void cleanUp.run().finally(() => process.exit(EXIT_INTERRUPTED));
};
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

main(cleanUp)
  .catch((error: unknown) => {
    if (isInterrupted) return; // the clean-up of the interruption caused the error
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
    process.exitCode = 1;
  })
  .finally(() => cleanUp.run())
  .catch(() => (process.exitCode = 1));
