/** Command line of the benchmark. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly subject: string;
  readonly rows: number;
  readonly isQuick: boolean;
  /** Directory of another built checkout that is measured too. */
  readonly before: string | undefined;
  /** Database server of the catalogue. If undefined, a private server is started. */
  readonly serverUrl: URL | undefined;
  readonly isKept: boolean;
  readonly outDirectory: string;
}

export const USAGE = `npm run bench -- [queries|cache|webhook|sync|costs|live|engine] [options]
  --rows <n>        products in the catalogue (1000000; with --quick, and for live, 100000)
  --quick           fewer rows and requests: takes two minutes (live: five)
  --before <dir>    live: another built checkout to measure beside this one
  --server <url>    MySQL or MariaDB server to use, e.g. mysql://root@127.0.0.1:3306
  --keep            with --server: keep the database and reuse it in the next run
  --out <dir>       output directory (docs/bench; with --quick dist/bench/quick)
`;

export class UsageError extends Error {}

/** Parses the arguments. Throws UsageError if they are invalid. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const [subject = 'queries', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`only one subject is allowed; remove "${more.join(' ')}"`);
  const isQuick = values.quick ?? false;
  const isKept = values.keep ?? false;
  if (isKept && values.server === undefined)
    throw new UsageError('--keep requires --server: a private server is removed after the run');
  return {
    subject,
    rows: values.rows === undefined ? defaultRows(subject, isQuick) : parseRows(values.rows),
    isQuick,
    before: values.before === undefined ? undefined : parseCheckout(values.before, subject),
    serverUrl: values.server === undefined ? undefined : parseServer(values.server),
    isKept,
    outDirectory: values.out ?? (isQuick ? 'dist/bench/quick' : 'docs/bench'),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rows: { type: 'string' },
        quick: { type: 'boolean' },
        before: { type: 'string' },
        server: { type: 'string' },
        keep: { type: 'boolean' },
        out: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function defaultRows(subject: string, isQuick: boolean): number {
  return isQuick || subject === 'live' ? 100_000 : 1_000_000;
}

function parseCheckout(directory: string, subject: string): string {
  if (subject !== 'live') throw new UsageError('--before requires the subject live');
  if (!existsSync(join(directory, 'dist/apps/api/src/main.js')))
    throw new UsageError(`--before must name a built checkout; "${directory}" has no dist/apps/api/src/main.js`);
  return resolve(directory);
}

function parseRows(text: string): number {
  const rows = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (rows < 1_000) throw new UsageError(`--rows must be a whole number from 1000 to 99999999, not "${text}"`);
  return rows;
}

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'mysql:' || url.hostname === '')
    throw new UsageError(`--server must be like mysql://root@127.0.0.1:3306, not "${text}"`);
  return url;
}
