/**
 * Reads a CSV (RFC 4180) or NDJSON file record by record, in bounded memory. A line that cannot be parsed is handed
 * on as such, with its number, and reading goes on behind it.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { parse } from 'csv-parse';

export type ImportFormat = 'csv' | 'ndjson';

export type FileLine =
  | { readonly line: number; readonly cells: Readonly<Record<string, string>> }
  | { readonly line: number; readonly unreadable: string };

/** Longer lines are refused; without a bound, one missing quote would swallow the whole file into memory. */
const MAX_LINE_BYTES = 1_048_576;

export interface ImportFile {
  readonly lines: AsyncIterable<FileLine>;
  readonly bytesRead: () => number;
}

/** `onHeader` hears the column names of a CSV file before its first line comes; what it throws ends the reading. */
export function openImportFile(path: string, format: ImportFormat, onHeader: (columns: string[]) => void): ImportFile {
  const file = createReadStream(path, { highWaterMark: 256 * 1_024 });
  return { lines: format === 'csv' ? readCsv(file, onHeader) : readNdjson(file), bytesRead: () => file.bytesRead };
}

async function* readCsv(file: ReadStream, onHeader: (columns: string[]) => void): AsyncGenerator<FileLine> {
  const unreadable: FileLine[] = [];
  const parser = parse({
    bom: true,
    columns: (header: string[]) => {
      onHeader(header);
      return header;
    },
    info: true,
    max_record_size: MAX_LINE_BYTES,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      unreadable.push({ line: Number(error?.['lines'] ?? 0), unreadable: error?.message ?? 'the line is not CSV' });
    },
  });
  file.on('error', (error) => parser.destroy(error));
  const records = file.pipe(parser) as AsyncIterable<{ info: { lines: number }; record: Record<string, string> }>;
  try {
    for await (const { info, record } of records) {
      yield* unreadable.splice(0);
      yield { line: info.lines, cells: record };
    }
    yield* unreadable;
  } finally {
    file.destroy();
  }
}

async function* readNdjson(file: ReadStream): AsyncGenerator<FileLine> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line += 1;
    if (text === undefined) yield { line, unreadable: `the line is longer than ${MAX_LINE_BYTES} bytes` };
    else if (text.trim() !== '') yield parseJsonLine(line, text);
  }
}

/** Lines without their ends; undefined in place of one that is too long. */
async function* linesOf(file: ReadStream): AsyncGenerator<string | undefined> {
  let rest = Buffer.alloc(0);
  let isTooLong = false;
  for await (const chunk of file as AsyncIterable<Buffer>) {
    let bytes = Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
      yield isTooLong || end > MAX_LINE_BYTES ? undefined : bytes.toString('utf8', 0, end);
      isTooLong = false;
      bytes = bytes.subarray(end + 1);
    }
    isTooLong ||= bytes.length > MAX_LINE_BYTES;
    rest = isTooLong ? Buffer.alloc(0) : bytes;
  }
  if (isTooLong) yield undefined;
  else if (rest.length > 0) yield rest.toString();
}

function parseJsonLine(line: number, text: string): FileLine {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return { line, unreadable: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { line, unreadable: 'the line is not a JSON object' };
  const nested = Object.entries(value).find(([, cell]) => typeof cell === 'object' && cell !== null);
  if (nested) return { line, unreadable: `${nested[0]} must be a text or a number` };
  return { line, cells: Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, String(cell ?? '')])) };
}
