import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import {
  importPresets,
  ImportService,
  ImportUsageError,
  parseAssignments,
  type DecimalMark,
  type ImportFormat,
  type ImportSummary,
  type PresetName,
} from '@features/products';
import { Option, type Command } from 'commander';
import { withProgress } from './progress';
import { inSession } from './session';

interface ImportOptions {
  readonly format?: ImportFormat;
  readonly preset?: PresetName;
  readonly columns: readonly string[];
  readonly set: readonly string[];
  readonly delimiter?: string;
  readonly decimal: DecimalMark;
  readonly encoding?: string;
  readonly rejects?: string;
  readonly warnings?: string;
  readonly dryRun?: true;
}

/** Everything readable was imported, but some records were not readable. */
const EXIT_SOME_REJECTED = 3;

const HELP = `
Fields: id, name, category, price, producer; and description, currency (INR), unit (piece), stock (0),
place, latitude, longitude, createdAt. A field of a JSON record may be inside of others: price=variants.0.price.
Exit code: 0 all stored, 3 some records rejected, 1 failed, 130 interrupted.`;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('bring products of a CSV or JSON file into the catalogue, known by their id')
    .argument('<file>')
    .addOption(
      new Option('--format <format>', 'what the file is, if its name does not say').choices(['csv', 'ndjson', 'json']),
    )
    .addOption(
      new Option('--preset <shop>', 'whose export the file is: maps its columns').choices(Object.keys(importPresets)),
    )
    .option('--columns <field=column,…>', 'which column holds which field; may be repeated', collect, [])
    .option('--set <field=value,…>', 'what a field is if the file has nothing; may be repeated', collect, [])
    .option('--delimiter <character>', 'between the values of a CSV file; tab for a tab (default: detected)')
    .addOption(
      new Option('--decimal <mark>', 'what separates decimals in numbers').choices(['point', 'comma']).default('point'),
    )
    .option(
      '--encoding <label>',
      'of the text, such as windows-1252 (default: UTF-8, or UTF-16 by its byte order mark)',
    )
    .option('--rejects <file>', 'gets rejected records with line and reasons (default: <file>.rejects.ndjson here)')
    .option('--warnings <file>', 'gets warnings about stored records (default: <file>.warnings.ndjson here)')
    .option('--dry-run', 'do everything but store it')
    .addHelpText('after', HELP)
    .action(importCommand);
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

async function importCommand(path: string, options: ImportOptions): Promise<void> {
  if (!existsSync(path)) throw new ImportUsageError(`there is no file ${path}`);
  const rejectPath = options.rejects ?? `${basename(path)}.rejects.ndjson`;
  const warningPath = options.warnings ?? `${basename(path)}.warnings.ndjson`;
  if (new Set([rejectPath, warningPath, path].map((each) => resolve(each))).size < 3)
    throw new ImportUsageError('--rejects and --warnings must be two files, and not the one that is imported');
  const format = toFormat(options.format ?? extname(path).slice(1), path);
  if (options.preset !== undefined && format !== 'csv') throw new ImportUsageError('--preset is for CSV files');
  const request = {
    path,
    format,
    preset: options.preset && importPresets[options.preset],
    mapping: {
      columns: parseAssignments(options.columns, '--columns'),
      constants: parseAssignments(options.set, '--set'),
    },
    delimiter: options.delimiter === undefined ? undefined : toDelimiter(options.delimiter),
    decimalMark: options.decimal,
    encoding: options.encoding === undefined ? undefined : toEncoding(options.encoding),
    rejectPath,
    warningPath,
    isDryRun: options.dryRun === true,
    nowMs: Date.now(),
  };
  await inSession(async ({ app, signal }) => {
    const { result: summary, seconds } = await withProgress('bytes', statSync(path).size, (onProgress) =>
      app.get(ImportService).run({ ...request, signal, onProgress }),
    );
    process.stdout.write(
      `${describe(summary, request)} in ${seconds} s${request.isDryRun ? ' (dry run: nothing was stored)' : ''}\n`,
    );
    if (signal.aborted) process.stdout.write('Interrupted; run it again to go on.\n');
    if (summary.rejected > 0) process.exitCode = EXIT_SOME_REJECTED;
  });
}

function toFormat(name: string, path: string): ImportFormat {
  const formats: Readonly<Record<string, ImportFormat>> = {
    csv: 'csv',
    tsv: 'csv',
    txt: 'csv',
    json: 'json',
    ndjson: 'ndjson',
    jsonl: 'ndjson',
  };
  const format = formats[name.toLowerCase()];
  if (format === undefined)
    throw new ImportUsageError(`say --format csv, ndjson or json; the name ${basename(path)} does not`);
  return format;
}

function toDelimiter(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw new ImportUsageError('--delimiter must be one character, or tab');
  return delimiter;
}

function toEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw new ImportUsageError(
      `--encoding: there is no encoding "${label}"; known are utf-8, utf-16le, windows-1252 …`,
    );
  }
}

function describe(summary: ImportSummary, paths: { rejectPath: string; warningPath: string }): string {
  const { read, created, updated, unchanged, repeated, rejected, skipped, warnings, missingColumns } = summary;
  const see = (count: number, path: string) => (count === 0 ? '' : ` (see ${path})`);
  return [
    `${read} read: ${created} created, ${updated} updated, ${unchanged} unchanged, ${repeated} repeated, ${rejected} rejected${see(rejected, paths.rejectPath)}`,
    ...(warnings > 0 ? [`${warnings} warnings${see(warnings, paths.warningPath)}`] : []),
    ...(skipped > 0 ? [`${skipped} rows skipped that are no products for sale`] : []),
    ...(read > 0 && missingColumns.length > 0
      ? [`--columns names ${missingColumns.join(', ')}, which no record has`]
      : []),
  ].join('; ');
}
