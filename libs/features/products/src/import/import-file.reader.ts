/**
 * Reads a CSV (RFC 4180) or NDJSON file record by record, in bounded memory. A line that cannot be read is handed on
 * as such, with its number, and reading goes on with the very next line: a stray quote never swallows good lines.
 */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { ImportUsageError } from './column-mapping';

export type ImportFormat = 'csv' | 'ndjson';

export type FileRecord =
  | { readonly line: number; readonly cells: Readonly<Record<string, string>> }
  | { readonly line: number; readonly unreadable: string };

export interface ImportFile {
  readonly records: AsyncIterable<FileRecord>;
  readonly bytesRead: () => number;
}

/** A record of a CSV file may go over several lines when they stand in quotes; this much is waited for its end. */
const MAX_RECORD_BYTES = 65_536;
const MAX_RECORD_LINES = 100;

interface Line {
  readonly number: number;
  /** Undefined where the line was too long to keep. */
  readonly text: string | undefined;
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
}

type CsvRecord =
  { readonly line: number; readonly values: string[] } | { readonly line: number; readonly unreadable: string };

async function* csvRecordsOf(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  const pending: Line[] = [];
  let width: number | undefined;
  for await (const line of lines) {
    pending.push(line);
    for (const record of takeRecords(pending, false, width)) {
      if ('values' in record) width ??= record.values.length;
      yield record;
    }
  }
  yield* takeRecords(pending, true, width);
}

/**
 * Takes whole records off the front of the lines; what may still be completed by a later line stays. Several lines
 * that make no record of the right width were not one: only the first of them is given up.
 */
function* takeRecords(pending: Line[], isEnd: boolean, width: number | undefined): Generator<CsvRecord> {
  for (let first = pending[0]; first !== undefined; first = pending[0]) {
    const count = linesOfFirstRecord(pending);
    if (count === undefined && !isEnd && mayGoOn(pending)) return;
    const values = count === undefined ? undefined : parseCsv(pending.slice(0, count));
    const isRecord = values !== undefined && (count === 1 || width === undefined || values.length === width);
    if (first.text === '') pending.shift();
    else if (isRecord) {
      pending.splice(0, count);
      yield { line: first.number, values };
    } else {
      pending.shift();
      yield { line: first.number, unreadable: first.text === undefined ? TOO_LONG : BAD_QUOTE };
    }
  }
}

const BAD_QUOTE = 'a quote is not closed, or stands inside a value';
const TOO_LONG = `the line is longer than ${MAX_RECORD_BYTES} bytes`;

/** A record ends with the first line at whose end all quotes are closed (RFC 4180 §2). */
function linesOfFirstRecord(lines: readonly Line[]): number | undefined {
  let quotes = 0;
  const last = lines.findIndex(({ text }) => {
    quotes += text?.split('"').length ?? NaN;
    quotes -= 1;
    return quotes % 2 === 0;
  });
  return last === -1 ? undefined : last + 1;
}

/** Undefined where the quotes are not as RFC 4180 has them. Most records have none, and need no parser. */
function parseCsv(lines: readonly Line[]): string[] | undefined {
  const record = lines.map(({ text }) => text).join('\n');
  if (!record.includes('"')) return record.split(',');
  try {
    const [values] = parse(record, { relax_column_count: true });
    return values;
  } catch {
    return undefined;
  }
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
    const isDropped = isTooLong || bytes.length > MAX_RECORD_BYTES;
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
    isTooLong ||= bytes.length > MAX_RECORD_BYTES;
    rest = isTooLong ? Buffer.alloc(0) : bytes;
  }
  if (rest.length > 0 || isTooLong) yield toLine(rest);
}

/** Both bounds keep a stray quote cheap: what it holds up is looked at again with each further line. */
function mayGoOn(lines: readonly Line[]): boolean {
  const isReadable = lines[0]?.text !== undefined;
  return isReadable && lines.length < MAX_RECORD_LINES && bytesOf(lines) <= MAX_RECORD_BYTES;
}

function bytesOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ''), 0);
}
