/** Decodes the bytes of a file and splits the text into lines. A byte order mark overrides the requested encoding. */
import { TextDecoder } from 'node:util';
import { ImportUsageError } from '../records/column-mapping';

export interface Line {
  readonly number: number;
  /** Undefined if the line exceeds MAX_RECORD_LENGTH. */
  readonly text: string | undefined;
}

/** Maximum length of a record, in UTF-16 code units; memory holds a few copies of one record. */
export const MAX_RECORD_LENGTH = 1_048_576;
export const TOO_LONG = `the record is longer than ${MAX_RECORD_LENGTH} characters`;

/** UTF-8 text has no NUL bytes; UTF-16 and binary files have many. */
const NUL = 0;
const INSPECTED_BYTES = 1_024;

/**
 * Yields decoded text without the byte order mark. `encoding` is a label of the WHATWG Encoding Standard.
 * Throws ImportUsageError if the file is not text.
 */
export async function* textOf(chunks: AsyncIterable<Buffer>, encoding: string | undefined): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    decoder ??= decoderFor(chunk, encoding);
    yield decoder.decode(chunk, { stream: true });
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}

/** The decoder removes the byte order mark of its encoding. */
function decoderFor(start: Buffer, encoding: string | undefined): TextDecoder {
  const marked = encodingOfMark(start);
  const isText = marked !== undefined || encoding !== undefined || !start.subarray(0, INSPECTED_BYTES).includes(NUL);
  if (!isText)
    throw new ImportUsageError('the file is not UTF-8 text; for UTF-16, use --encoding utf-16le or save it as UTF-8');
  return new TextDecoder(marked ?? encoding ?? 'utf-8');
}

function encodingOfMark([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

/**
 * Yields lines without their line ends, numbered from 1: `a\r\nb` → `{ number: 1, text: 'a' }`,
 * `{ number: 2, text: 'b' }`. LF, CRLF and a bare CR end a line, as does CRCRLF, which some tools write for CRLF.
 */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 0;
  let rest = '';
  let isTooLong = false;
  const toLine = (text: string): Line => {
    const isDropped = isTooLong || text.length > MAX_RECORD_LENGTH;
    isTooLong = false;
    return { number: ++number, text: isDropped ? undefined : text };
  };
  for await (const text of texts) {
    const split = splitLines(rest + text);
    for (const line of split.lines) yield toLine(line);
    rest = split.rest;
    if (rest.length > MAX_RECORD_LENGTH) {
      isTooLong = true;
      rest = rest.slice(rest.length - trailingReturns(rest));
    }
  }
  if (rest !== '' || isTooLong) for (const line of splitLines(`${rest}\n`).lines) yield toLine(line);
}

/** `rest` is the text after the last line end. It may end with a CR, because an LF may follow in the next chunk. */
function splitLines(text: string): { lines: string[]; rest: string } {
  const lines: string[] = [];
  let start = 0;
  for (let at = indexOfLineEnd(text, 0); at !== -1; at = indexOfLineEnd(text, start)) {
    let next = at;
    while (text[next] === '\r') next += 1;
    if (next === text.length) break;
    lines.push(text.slice(start, at));
    if (text[next] === '\n') next += 1;
    else for (let more = at + 1; more < next; more++) lines.push(''); // each CR is a separate line end
    start = next;
  }
  return { lines, rest: text.slice(start) };
}

function indexOfLineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return -1;
}

function trailingReturns(text: string): number {
  let count = 0;
  while (text[text.length - 1 - count] === '\r') count += 1;
  return count;
}
