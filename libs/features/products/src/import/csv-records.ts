/**
 * Lines of a CSV file → records (RFC 4180, with any delimiter). A quoted value may have any number of lines within
 * MAX_RECORD_LENGTH. If lines make no record of the header's width, a quote is stray: only the first of them is rejected,
 * and reading resumes with the second, so that a stray quote does not swallow the good lines that follow.
 */
import { MAX_RECORD_LENGTH, TOO_LONG, type Line } from './file-text';

type CsvRecord =
  { readonly line: number; readonly values: string[] } | { readonly line: number; readonly unreadable: string };

/**
 * The first record is the header, and sets the width of the others. Blank lines and rows of empty values are skipped.
 * Without a delimiter, that of the first line counts.
 */
export async function* csvRecordsOf(
  lines: AsyncIterable<Line>,
  delimiter: string | undefined,
): AsyncGenerator<CsvRecord> {
  let assembler: RecordAssembler | undefined;
  for await (const line of lines) {
    if (assembler === undefined) {
      const text = line.text ?? '';
      if (line.text?.trim() === '') continue;
      assembler = new RecordAssembler(delimiter ?? detectDelimiter(text));
      if (DELIMITER_LINE.test(text)) continue;
    }
    yield* assembler.push(line);
  }
  if (assembler !== undefined) yield* assembler.end();
}

/** Candidates, in order of preference. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Spreadsheets write it above the header, for other spreadsheets. */
const DELIMITER_LINE = /^"?sep=([^"])"?\s*$/i;

/** The one that splits the line into most values; quoted ones do not count. */
function detectDelimiter(line: string): string {
  const unquoted = line.replace(/"[^"]*"?/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITER_LINE.exec(line)?.[1] ?? DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

class RecordAssembler {
  /** No record has been made of those from `first` on; those before `next` belong to the record that is open. */
  private lines: Line[] = [];
  private first = 0;
  private next = 0;
  private length = 0;
  private fields: FieldScanner;
  private width: number | undefined;

  constructor(private readonly delimiter: string) {
    this.fields = new FieldScanner(delimiter);
  }

  push(line: Line): Generator<CsvRecord> {
    this.lines.push(line);
    return this.takeRecords(false);
  }

  end(): Generator<CsvRecord> {
    return this.takeRecords(true);
  }

  private *takeRecords(isEnd: boolean): Generator<CsvRecord> {
    for (;;) {
      const line = this.lines[this.next];
      if (line === undefined && (this.next === this.first || !isEnd)) return;
      const state = line === undefined ? 'failed' : this.read(line);
      if (state === 'open') continue;
      const record = state === 'complete' ? this.toRecord() : this.reject(BAD_QUOTE);
      if (record !== undefined) yield record;
    }
  }

  private read({ text }: Line): ScanState {
    this.next += 1;
    if (text === undefined) return 'failed';
    this.length += text.length + 1;
    return this.length > MAX_RECORD_LENGTH ? 'failed' : this.fields.read(text, this.width);
  }

  /** Undefined for an empty row. */
  private toRecord(): CsvRecord | undefined {
    const line = this.lines[this.first]!.number;
    const lineCount = this.next - this.first;
    const { values } = this.fields;
    while (this.width !== undefined && values.length > this.width && values.at(-1)?.trim() === '') values.pop();
    const isEmpty = values.every((value) => value.trim() === '');
    if (isEmpty || this.width === undefined || values.length === this.width) {
      this.consume(lineCount);
      if (isEmpty) return undefined;
      this.width ??= values.length;
      return { line, values };
    }
    return this.reject(
      lineCount === 1
        ? `the line has ${values.length} columns, the header has ${this.width}`
        : `a quoted value extends to line ${line + lineCount - 1}, which gives ${values.length} columns instead of ${this.width}: a quote is missing or extra`,
    );
  }

  /** Rejects the first line; the lines after it are read again. */
  private reject(reason: string): CsvRecord {
    const { number, text } = this.lines[this.first]!;
    this.consume(1);
    return { line: number, unreadable: text === undefined ? TOO_LONG : reason };
  }

  private consume(count: number): void {
    this.first += count;
    if (this.first * 2 > this.lines.length) {
      this.lines = this.lines.slice(this.first);
      this.first = 0;
    }
    this.next = this.first;
    this.length = 0;
    this.fields = new FieldScanner(this.delimiter);
  }
}

const BAD_QUOTE = 'a quote is not closed, or stands inside a quoted value';

type ScanState = 'open' | 'complete' | 'failed';

/** Splits one record into its values, line by line. */
class FieldScanner {
  readonly values: string[] = [];
  /** A quoted value that is not closed yet, its quotes still doubled. */
  private open: string | undefined;
  private isMultiline = false;

  constructor(private readonly delimiter: string) {}

  /** `failed`: no further line makes this a record of `width` values. */
  read(text: string, width = Infinity): ScanState {
    if (this.open === undefined && !text.includes('"')) {
      for (const value of text.split(this.delimiter)) this.values.push(value); // more than a call takes as arguments
      return 'complete';
    }
    let at = 0;
    for (;;) {
      const start = this.startOfQuoted(text, at);
      const end = start === undefined ? this.readPlain(text, at) : this.readQuoted(text, start);
      if (end === 'open') {
        this.isMultiline = true;
        return this.values.length >= width ? 'failed' : 'open';
      }
      if (typeof end !== 'number') return end;
      if (this.isMultiline && this.hasMoreThan(width)) return 'failed';
      at = end;
    }
  }

  /** Empty values at the end do not count. */
  private hasMoreThan(width: number): boolean {
    return this.values.length > width && this.values.at(-1)?.trim() !== '';
  }

  /** Undefined for a plain value. */
  private startOfQuoted(text: string, at: number): number | undefined {
    if (this.open !== undefined) return at;
    let start = at;
    while (text[start] === ' ') start += 1;
    if (text[start] !== '"') return undefined;
    this.open = '';
    return start + 1;
  }

  /** A quote inside of a plain value, as in `6" pot`, is a character like any other. Returns where the next value starts. */
  private readPlain(text: string, at: number): number | ScanState {
    const end = text.indexOf(this.delimiter, at);
    this.values.push(text.slice(at, end === -1 ? undefined : end));
    return end === -1 ? 'complete' : end + 1;
  }

  /** From after the opening quote, or from the start of a further line. */
  private readQuoted(text: string, at: number): number | ScanState {
    const close = closingQuoteOf(text, at);
    if (close === -1) {
      this.open = `${this.open ?? ''}${text.slice(at)}\n`;
      return 'open';
    }
    this.values.push(((this.open ?? '') + text.slice(at, close)).replaceAll('""', '"'));
    this.open = undefined;
    let end = close + 1;
    while (text[end] === ' ') end += 1;
    if (end === text.length) return 'complete';
    return text[end] === this.delimiter ? end + 1 : 'failed';
  }
}

/** The first quote that is not doubled; -1 if this line does not close the value. */
function closingQuoteOf(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}
