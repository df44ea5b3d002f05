/**
 * Parses lines of a CSV file into records (RFC 4180, with any delimiter). A quoted value may span any number of lines
 * within MAX_RECORD_LENGTH. If lines do not form a record of the header's width, a quote is stray: only the first line
 * is rejected, and parsing resumes at the second, so a stray quote does not consume the valid lines after it.
 */
import { MAX_RECORD_LENGTH, TOO_LONG, type Line } from './file-text';

type CsvRecord =
  { readonly line: number; readonly values: string[] } | { readonly line: number; readonly unreadable: string };

/**
 * Yields the header, which sets the width of the other records, and then the records: `a,b` and `1,"x` and `y"` →
 * `['a', 'b']` of line 1 and `['1', 'x\ny']` of line 2. Skips blank lines and rows of empty values. Detects an
 * undefined delimiter from the first line.
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

/** Delimiters that are detected, in order of preference. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** A line above the header by which spreadsheets declare the delimiter. */
const DELIMITER_LINE = /^"?sep=([^"])"?\s*$/i;

/** Returns the delimiter that splits the line into most values, outside quoted values. */
function detectDelimiter(line: string): string {
  const unquoted = line.replace(/"[^"]*"?/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITER_LINE.exec(line)?.[1] ?? DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

class RecordAssembler {
  /** Lines from `first` are not part of a record yet; those before `next` belong to the open record. */
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

  /** Returns undefined for an empty row. */
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

  /** Rejects the first line; the lines after it are parsed again. */
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

const BAD_QUOTE = 'a quote is not closed, or is not doubled inside a quoted value';

type ScanState = 'open' | 'complete' | 'failed';

/** Splits one record into its values, line by line. */
class FieldScanner {
  readonly values: string[] = [];
  /** A quoted value that is not closed yet, with doubled quotes. */
  private open: string | undefined;
  private isMultiline = false;

  constructor(private readonly delimiter: string) {}

  /** Reads the next line. Returns `failed` if no further line can complete a record of `width` values. */
  read(text: string, width = Infinity): ScanState {
    if (this.open === undefined && !text.includes('"')) {
      for (const value of text.split(this.delimiter)) this.values.push(value); // a spread has an argument limit
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

  /** Ignores an empty last value. */
  private hasMoreThan(width: number): boolean {
    return this.values.length > width && this.values.at(-1)?.trim() !== '';
  }

  /** Returns undefined for a plain value. */
  private startOfQuoted(text: string, at: number): number | undefined {
    if (this.open !== undefined) return at;
    let start = at;
    while (text[start] === ' ') start += 1;
    if (text[start] !== '"') return undefined;
    this.open = '';
    return start + 1;
  }

  /** Returns the start of the next value. A quote inside a plain value, as in `6" pot`, is an ordinary character. */
  private readPlain(text: string, at: number): number | ScanState {
    const end = text.indexOf(this.delimiter, at);
    this.values.push(text.slice(at, end === -1 ? undefined : end));
    return end === -1 ? 'complete' : end + 1;
  }

  /** Reads from after the opening quote, or from the start of a further line. */
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

/** Returns the index of the first quote that is not doubled; -1 if the line does not close the value. */
function closingQuoteOf(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}
