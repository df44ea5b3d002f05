import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import {
  ImportService,
  ImportUsageError,
  parseAssignments,
  type ImportFormat,
  type ImportSummary,
} from '@features/products';
import { withProgress } from './progress';
import { inSession } from './session';

export interface ImportOptions {
  readonly format?: ImportFormat;
  readonly columns?: string;
  readonly set?: string;
  readonly rejects?: string;
  readonly dryRun?: true;
}

/** Everything readable was imported, but some lines were not readable. */
const EXIT_SOME_REJECTED = 3;

export async function importCommand(path: string, options: ImportOptions): Promise<void> {
  if (!existsSync(path)) throw new ImportUsageError(`there is no file ${path}`);
  const rejectPath = options.rejects ?? `${basename(path)}.rejects.ndjson`;
  if (resolve(rejectPath) === resolve(path))
    throw new ImportUsageError('--rejects must not be the file that is imported');
  const request = {
    path,
    format: options.format ?? formatOf(path),
    mapping: {
      columns: options.columns === undefined ? {} : parseAssignments(options.columns, '--columns'),
      constants: options.set === undefined ? {} : parseAssignments(options.set, '--set'),
    },
    rejectPath,
    isDryRun: options.dryRun === true,
    nowMs: Date.now(),
  };
  await inSession(async ({ app, signal }) => {
    const { result: summary, seconds } = await withProgress('bytes', statSync(path).size, (onProgress) =>
      app.get(ImportService).run({ ...request, signal, onProgress }),
    );
    process.stdout.write(
      `${describe(summary, rejectPath)} in ${seconds} s${request.isDryRun ? ' (dry run: nothing was stored)' : ''}\n`,
    );
    if (signal.aborted) process.stdout.write('Interrupted; run it again to go on.\n');
    if (summary.rejected > 0) process.exitCode = EXIT_SOME_REJECTED;
  });
}

function formatOf(path: string): ImportFormat {
  const format = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' }[extname(path).toLowerCase()];
  if (format === undefined)
    throw new ImportUsageError(`say --format csv or --format ndjson; the name ${basename(path)} does not`);
  return format as ImportFormat;
}

function describe({ read, created, updated, unchanged, rejected }: ImportSummary, rejectPath: string): string {
  const rejects = rejected === 0 ? '0 rejected' : `${rejected} rejected (see ${rejectPath})`;
  return `${read} read: ${created} created, ${updated} updated, ${unchanged} unchanged, ${rejects}`;
}
