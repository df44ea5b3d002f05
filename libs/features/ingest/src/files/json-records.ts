/** Splits a file into the texts of its JSON values: one per line (NDJSON), or the elements of an array. */
import { ImportUsageError } from '../records/column-mapping';
import { MAX_RECORD_LENGTH, TOO_LONG, type Line } from './file-text';

/**
 * Returns whether a file that begins with `start` contains an array: `[…]`, or, unless the format is `ndjson`, an
 * object around an array such as `{"products":[…]}`. A first line that is a complete object before further text means
 * NDJSON in any format.
 */
export function holdsArray(start: string, format: 'json' | 'ndjson'): boolean {
  const text = start.trimStart();
  if (format === 'ndjson' || !text.startsWith('{')) return text.startsWith('[');
  const end = text.search(/[\r\n]/);
  return end === -1 || text.slice(end).trim() === '' || !isJson(text.slice(0, end));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export type JsonText =
  { readonly line: number; readonly text: string } | { readonly line: number; readonly unreadable: string };

/** Yields the lines that are not blank. */
export async function* jsonLinesOf(lines: AsyncIterable<Line>): AsyncGenerator<JsonText> {
  for await (const { number: line, text } of lines) {
    if (text === undefined) yield { line, unreadable: TOO_LONG };
    else if (text.trim() !== '') yield { line, text };
  }
}

/**
 * Yields the elements of the outermost array, or of the first array of objects in the outermost object:
 * `{"errors":[],"products":[{"id":1}]}` → `{"id":1}`. A second such array is reported as unreadable. Elements are not
 * validated. Throws ImportUsageError if the file has no such array.
 */
export async function* arrayElementsOf(texts: AsyncIterable<string>): AsyncGenerator<JsonText> {
  const splitter = new ArraySplitter();
  for await (const text of texts) yield* splitter.split(text);
  yield* splitter.end();
}

const NO_ARRAY =
  'the file has no array of objects; put a single object in [ and ], or use --format ndjson if each line is a record';
const SECOND_ARRAY =
  'a second array of objects starts here, but only the first one is read; move it to a separate file to import it';

class ArraySplitter {
  private state: 'before' | 'inside' | 'after' = 'before';
  /** Number of open arrays and objects: in the file before the array, in the element inside it. */
  private depth = 0;
  private isOutermost = false;
  /** Whether the last non-blank character opened an array that is a member of the outermost object. */
  private hasOpened = false;
  private isInString = false;
  private isEscaped = false;
  private line = 1;
  private element = '';
  private elementLine = 1;
  private isTooLong = false;

  *split(chunk: string): Generator<JsonText> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const character = chunk[at]!;
      if (character === '\n') this.line += 1;
      if (this.readString(character)) continue;
      if (this.state === 'before') start = this.startsElement(character) ? at : at + 1;
      else if (this.state === 'after') {
        if (this.startsSecondArray(character)) yield { line: this.line, unreadable: SECOND_ARRAY };
      } else if (this.endsElement(character)) {
        this.append(chunk.slice(start, at));
        yield* this.emit();
        start = at + 1;
        if (character === ']') this.endArray();
      }
    }
    if (this.state === 'inside' || this.isOutermost) this.append(chunk.slice(start));
  }

  *end(): Generator<JsonText> {
    if (this.state === 'before') throw new ImportUsageError(NO_ARRAY);
    if (this.state === 'inside') {
      yield* this.emit();
      yield { line: this.line, unreadable: 'the file ends before its array is closed' };
    } else if (this.element.trim() !== '')
      yield { line: this.elementLine, unreadable: 'unexpected text after the array' };
  }

  /** Returns whether the character belongs to a string. */
  private readString(character: string): boolean {
    if (!this.isInString) {
      this.isInString = character === '"';
      this.hasOpened &&= !this.isInString;
      return this.isInString;
    }
    if (this.isEscaped) this.isEscaped = false;
    else if (character === '\\') this.isEscaped = true;
    else if (character === '"') this.isInString = false;
    return true;
  }

  /**
   * Searches for the array. Returns whether this character begins the first element. After `[` in an object, the next
   * character decides whether the array contains objects; an outermost array needs no such check.
   */
  private startsElement(character: string): boolean {
    this.isOutermost = character === '[' && this.depth === 0;
    const isElement = this.startsObjects(character);
    if (this.isOutermost || isElement) {
      this.state = 'inside';
      this.elementLine = this.line;
      this.depth = isElement ? 1 : 0;
    }
    return isElement;
  }

  private startsSecondArray(character: string): boolean {
    return !this.isOutermost && this.startsObjects(character);
  }

  /** Returns whether this is the `{` of a `[{` that is a member of the outermost object. */
  private startsObjects(character: string): boolean {
    const isStart = this.hasOpened && character === '{';
    if (character.trim() !== '') this.hasOpened = character === '[' && this.depth === 1;
    this.trackDepth(character);
    return isStart;
  }

  private endArray(): void {
    this.state = 'after';
    this.depth = 1; // in the surrounding object, if any
  }

  private endsElement(character: string): boolean {
    if (this.depth === 0 && (character === ',' || character === ']')) return true;
    this.trackDepth(character);
    return false;
  }

  private trackDepth(character: string): void {
    if (character === '[' || character === '{') this.depth += 1;
    else if (character === ']' || character === '}') this.depth -= 1;
  }

  private append(text: string): void {
    if (this.element === '') {
      const blank = text.length - text.trimStart().length;
      this.elementLine = this.line - newlinesIn(text, blank);
      this.element = text.slice(blank);
    } else if (!this.isTooLong) this.element += text;
    this.isTooLong ||= this.element.length > MAX_RECORD_LENGTH;
    if (this.isTooLong) this.element = '…';
  }

  private *emit(): Generator<JsonText> {
    const line = this.elementLine;
    if (this.isTooLong) yield { line, unreadable: TOO_LONG };
    else if (this.element !== '') yield { line, text: this.element };
    this.element = '';
    this.isTooLong = false;
  }
}

/** Counts the line feeds from index `from`. */
function newlinesIn(text: string, from: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
