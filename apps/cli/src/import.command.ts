import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import {
  ImportService,
  ImportUsageError,
  importPresets,
  parseAssignments,
  type DecimalMark,
  type ImportFormat,
  type ImportSummary,
  type PresetName,
} from '@features/ingest';
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

/** Exit code if some records were rejected; all others were imported. */
const EXIT_SOME_REJECTED = 3;

const HELP = `
Required fields: id, name, category, price, producer. Optional fields: description, currency (default: INR),
unit (piece), stock (0), place, latitude, longitude, createdAt.
A field of a JSON record may be nested: price=variants.0.price.
Exit code: 0 all stored, 3 some records rejected, 1 failed, 130 interrupted.`;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('create or update products by id from a CSV or JSON file')
    .argument('<file>')
    .addOption(
      new Option('--format <format>', 'format of the file (default: by its extension)').choices([
        'csv',
        'ndjson',
        'json',
      ]),
    )
    .addOption(
      new Option('--preset <shop>', 'shop system that exported the file: maps its columns').choices(
        Object.keys(importPresets),
      ),
    )
    .option('--columns <field=column,…>', 'column of the file for each field; may be repeated', collect, [])
    .option('--set <field=value,…>', 'value of a field that the file lacks; may be repeated', collect, [])
    .option('--delimiter <character>', 'separator of CSV values; tab for a tab (default: detected)')
    .addOption(
      new Option('--decimal <mark>', 'decimal separator of numbers').choices(['point', 'comma']).default('point'),
    )
    .option(
      '--encoding <label>',
      'text encoding, such as windows-1252 (default: UTF-8, or UTF-16 by its byte order mark)',
    )
    .option(
      '--rejects <file>',
      'output file for rejected records with line and reasons (default: ./<file>.rejects.ndjson)',
    )
    .option('--warnings <file>', 'output file for warnings about stored records (default: ./<file>.warnings.ndjson)')
    .option('--dry-run', 'run the import without storing anything')
    .addHelpText('after', HELP)
    .action(importCommand);
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}

async function importCommand(path: string, options: ImportOptions): Promise<void> {
  if (!existsSync(path)) throw new ImportUsageError(`file not found: ${path}`);
  const rejectPath = options.rejects ?? `${basename(path)}.rejects.ndjson`;
  const warningPath = options.warnings ?? `${basename(path)}.warnings.ndjson`;
  if (new Set([rejectPath, warningPath, path].map((each) => resolve(each))).size < 3)
    throw new ImportUsageError('--rejects and --warnings must differ from each other and from the imported file');
  const format = toFormat(options.format ?? extname(path).slice(1), path);
  if (options.preset !== undefined && format !== 'csv') throw new ImportUsageError('--preset requires a CSV file');
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
    if (signal.aborted) process.stdout.write('Interrupted. Run the command again to continue.\n');
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
    throw new ImportUsageError(
      `set --format to csv, ndjson or json: the name ${basename(path)} has no known extension`,
    );
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
      `--encoding: unknown encoding "${label}"; use for example utf-8, utf-16le or windows-1252`,
    );
  }
}

function describe(summary: ImportSummary, paths: { rejectPath: string; warningPath: string }): string {
  const { read, created, updated, unchanged, repeated, rejected, skipped, warnings, missingColumns } = summary;
  const reference = (count: number, path: string) => (count === 0 ? '' : ` (see ${path})`);
  return [
    `${read} read: ${created} created, ${updated} updated, ${unchanged} unchanged, ${repeated} repeated, ${rejected} rejected${reference(rejected, paths.rejectPath)}`,
    ...(warnings > 0 ? [`${warnings} warnings${reference(warnings, paths.warningPath)}`] : []),
    ...(skipped > 0 ? [`${skipped} rows skipped that are not products for sale`] : []),
    ...(read > 0 && missingColumns.length > 0
      ? [`--columns names ${missingColumns.join(', ')}, which no record has`]
      : []),
  ].join('; ');
}
