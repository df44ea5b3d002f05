/**
 * Reads a CSV or JSON file record by record, in bounded memory. An unreadable record is returned with its line number
 * and the reason; reading continues after it.
 */
import { createReadStream } from 'node:fs';
import { ImportUsageError } from '../records/column-mapping';
import type { Cells } from '../records/record.reader';
import { csvRecordsOf } from './csv-records';
import { linesOf, textOf } from './file-text';
import { arrayElementsOf, holdsArray, jsonLinesOf } from './json-records';

export type ImportFormat = 'csv' | 'ndjson' | 'json';

export type FileRecord =
  { readonly line: number; readonly cells: Cells } | { readonly line: number; readonly unreadable: string };

export interface ImportFile {
  readonly records: AsyncIterable<FileRecord>;
  readonly bytesRead: () => number;
}

export interface ImportFileOptions {
  readonly format: ImportFormat;
  /** Delimiter of a CSV file; detected if undefined. */
  readonly delimiter?: string | undefined;
  /** A label of the WHATWG Encoding Standard; UTF-8 if undefined. A byte order mark of UTF-16 has precedence. */
  readonly encoding?: string | undefined;
  /** Called with the columns of a CSV file before its first record is read. An exception aborts the reading. */
  readonly onHeader: (columns: string[]) => void;
}

/** Length of the text that decides between a JSON array and NDJSON. */
const INSPECTED_LENGTH = 65_536;

export function openImportFile(path: string, options: ImportFileOptions): ImportFile {
  const file = createReadStream(path, { highWaterMark: 262_144 });
  const texts = textOf(file, options.encoding);
  return {
    records: options.format === 'csv' ? readCsv(texts, options) : readJson(texts, options.format),
    bytesRead: () => file.bytesRead,
  };
}

async function* readCsv(texts: AsyncIterable<string>, options: ImportFileOptions): AsyncGenerator<FileRecord> {
  let header: string[] | undefined;
  for await (const record of csvRecordsOf(linesOf(texts), options.delimiter)) {
    if ('values' in record && header !== undefined) yield { line: record.line, cells: toCells(header, record.values) };
    else if ('values' in record) options.onHeader((header = record.values.map((name) => name.trim())));
    else if (header !== undefined) yield record;
    else throw new ImportUsageError(`the first line must name the columns, but ${record.unreadable}`);
  }
  if (header === undefined) throw new ImportUsageError('the file is empty; its first line must name the columns');
}

/** Of columns with the same name, the last one is used; the mapping uses none of them. */
function toCells(header: readonly string[], values: readonly string[]): Cells {
  return Object.fromEntries(header.map((name, index) => [name, values[index] ?? '']));
}

async function* readJson(texts: AsyncGenerator<string>, format: 'json' | 'ndjson'): AsyncGenerator<FileRecord> {
  let start = '';
  for (let next = await texts.next(); next.done !== true; next = await texts.next()) {
    start += next.value;
    if (start.length >= INSPECTED_LENGTH) break;
  }
  const whole = resumed(start, texts);
  for await (const json of holdsArray(start, format) ? arrayElementsOf(whole) : jsonLinesOf(linesOf(whole)))
    yield 'text' in json ? { line: json.line, ...parseObject(json.text) } : json;
}

async function* resumed(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start;
  yield* rest;
}

function parseObject(text: string): { cells: Cells } | { unreadable: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unreadable: 'the record is not valid JSON' };
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { cells: value as Cells } : { unreadable: 'the record is not a JSON object' };
}
