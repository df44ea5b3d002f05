/**
 * Reads a CSV (RFC 4180) or NDJSON file record by record, in bounded memory. A line that cannot be read is handed on
 * as such, with its number, and reading goes on with the very next line: a stray quote never swallows good lines.
 */
import { createReadStream } from 'node:fs';
import { ImportUsageError } from './column-mapping';
import { csvRecordsOf, MAX_LINE_BYTES, TOO_LONG, type Line } from './csv-records';

export type ImportFormat = 'csv' | 'ndjson';

export type FileRecord =
  | { readonly line: number; readonly cells: Readonly<Record<string, string>> }
  | { readonly line: number; readonly unreadable: string };

export interface ImportFile {
  readonly records: AsyncIterable<FileRecord>;
  readonly bytesRead: () => number;
}

/** `onHeader` hears the column names of a CSV file before its first record comes; what it throws ends the reading. */
export function openImportFile(path: string, format: ImportFormat, onHeader: (columns: string[]) => void): ImportFile {
  const file = createReadStream(path, { highWaterMark: 262_144 });
  const lines = linesOf(file);
  return { records: format === 'csv' ? readCsv(lines, onHeader) : readNdjson(lines), bytesRead: () => file.bytesRead };
}

async function* readNdjson(lines: AsyncIterable<Line>): AsyncGenerator<FileRecord> {
  for await (const line of lines) {
    if (line.text !== '') yield { line: line.number, ...readJsonLine(line.text) };
  }
}

async function* readCsv(lines: AsyncIterable<Line>, onHeader: (columns: string[]) => void): AsyncGenerator<FileRecord> {
  let header: string[] | undefined;
  for await (const record of csvRecordsOf(lines)) {
    if ('unreadable' in record) {
      if (header === undefined)
        throw new ImportUsageError(`the first line must name the columns, but ${record.unreadable}`);
      yield record;
    } else if (header === undefined) onHeader((header = record.values));
    else yield { line: record.line, ...toCells(header, record.values) };
  }
  if (header === undefined) throw new ImportUsageError('the file is empty; its first line must name the columns');
}

function toCells(header: readonly string[], values: readonly string[]) {
  if (values.length !== header.length)
    return { unreadable: `the line has ${values.length} columns, the header has ${header.length}` };
  return { cells: Object.fromEntries(header.map((name, index) => [name, values[index] ?? ''])) };
}

function readJsonLine(text: string | undefined) {
  if (text === undefined) return { unreadable: TOO_LONG };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unreadable: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { unreadable: 'the line is not a JSON object' };
  const nested = Object.entries(value).find(([, cell]) => typeof cell === 'object' && cell !== null);
  if (nested) return { unreadable: `${nested[0]} must be a text or a number` };
  const inexact = Object.entries(value).find(([, cell]) => Number.isInteger(cell) && !Number.isSafeInteger(cell));
  if (inexact) return { unreadable: `${inexact[0]} is a number too large to be exact; write it as a text` };
  return { cells: Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, String(cell ?? '')])) };
}

/** Lines without their ends and without a byte order mark, numbered from 1. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  let isTooLong = false;
  const toLine = (bytes: Buffer): Line => {
    number += 1;
    const isDropped = isTooLong || bytes.length > MAX_LINE_BYTES;
    isTooLong = false;
    return {
      number,
      text: isDropped ? undefined : bytes.toString().replace(number === 1 ? /^\ufeff|\r$/g : /\r$/, ''),
    };
  };
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf('\n'); end !== -1; end = bytes.indexOf('\n')) {
      yield toLine(bytes.subarray(0, end));
      bytes = bytes.subarray(end + 1);
    }
    isTooLong ||= bytes.length > MAX_LINE_BYTES;
    rest = isTooLong ? Buffer.alloc(0) : bytes;
  }
  if (rest.length > 0 || isTooLong) yield toLine(rest);
}
