/**
 * Puts the lines of a CSV file together into records (RFC 4180): a record goes on while a quote is open. Where lines make
 * no record, only the first of them is given up and reading goes on with the next: a stray quote swallows no good line.
 */
import { parse } from 'csv-parse/sync';

export interface Line {
  readonly number: number;
  /** Undefined where the line was too long to keep. */
  readonly text: string | undefined;
}

/** How much is waited for the end of a record; a longer line is not kept. */
export const MAX_LINE_BYTES = 65_536;
const MAX_RECORD_LINES = 100;

type CsvRecord =
  { readonly line: number; readonly values: string[] } | { readonly line: number; readonly unreadable: string };

export async function* csvRecordsOf(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
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
export const TOO_LONG = `the line is longer than ${MAX_LINE_BYTES} bytes`;

/** A record ends with the first line at whose end all quotes are closed (RFC 4180 §2). */
function linesOfFirstRecord(lines: readonly Line[]): number | undefined {
  let quotes = 0;
  const last = lines.findIndex(({ text }) => {
    quotes += (text?.split('"').length ?? NaN) - 1;
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

/** Both bounds keep a stray quote cheap: what it holds up is looked at again with each further line. */
function mayGoOn(lines: readonly Line[]): boolean {
  const isReadable = lines[0]?.text !== undefined;
  return isReadable && lines.length < MAX_RECORD_LINES && bytesOf(lines) <= MAX_LINE_BYTES;
}

function bytesOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ''), 0);
}
