import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { linesOf } from './file-text';
import { openImportFile, type FileRecord, type ImportFileOptions } from './import-file.reader';
import { arrayElementsOf } from './json-records';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function read(content: string | Buffer, overrides: Partial<ImportFileOptions> = {}): Promise<FileRecord[]> {
  const path = join(directory, 'file');
  writeFileSync(path, content);
  const records: FileRecord[] = [];
  const options: ImportFileOptions = { format: 'csv', onHeader: () => undefined, ...overrides };
  for await (const record of openImportFile(path, options).records) records.push(record);
  return records;
}

const readJson = (content: string) => read(content, { format: 'json' });
const cellsOf = (records: FileRecord[]) => records.map((record) => ('cells' in record ? record.cells : record.line));

describe('CSV file', () => {
  it.each(['\n', '\r\n', '\r', '\r\r\n'])(
    'line endings: %j is accepted, with the line numbers of an editor',
    async (end) => {
      const lines = ['name,note', '"Oil, cold ""pressed""","two', 'lines"', 'Tomato ™,नमस्ते', 'last,'];
      for (const last of [end, ''])
        expect(await read(lines.join(end) + last)).toEqual([
          { line: 2, cells: { name: 'Oil, cold "pressed"', note: 'two\nlines' } },
          { line: 4, cells: { name: 'Tomato ™', note: 'नमस्ते' } },
          { line: 5, cells: { name: 'last', note: '' } },
        ]);
    },
  );

  it('line endings: no record is lost if a bare CR ends some of the lines', async () => {
    const records = await read('id,name,n\rp1,"Apple, red",10\rp2,"Pear, green",11\np3,Plum,12\r\np4,"Fig",13');
    expect(cellsOf(records)).toEqual([
      { id: 'p1', name: 'Apple, red', n: '10' },
      { id: 'p2', name: 'Pear, green', n: '11' },
      { id: 'p3', name: 'Plum', n: '12' },
      { id: 'p4', name: 'Fig', n: '13' },
    ]);
  });

  it('multi-line value: a value of 5,000 lines is read as one value', async () => {
    const text = Array.from({ length: 5_000 }, (_, line) => `<li>${line}, "quoted"</li>`).join('\n');
    const records = await read(`id,body,n\n1,"${text.replaceAll('"', '""')}",2\n3,short,4`);
    expect(records).toEqual([
      { line: 2, cells: { id: '1', body: text, n: '2' } },
      { line: 5_002, cells: { id: '3', body: 'short', n: '4' } },
    ]);
  });

  it('round trip: every quoted CSV value is read as it was written, with line endings as \\n', async () => {
    const value = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', ';') });
    const end = fc.constantFrom('\n', '\r\n', '\r', '\r\r\n');
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value, end)), async (rows) => {
        const content = `a,b\n${rows.map(([a, b, lineEnd]) => `${quoted(a)},${quoted(b)}${lineEnd}`).join('')}`;
        const expected = rows.map(([a, b]) => [a, b].map((text) => text.replace(/(?<!\r)\r*\n|\r/g, '\n')));
        const isFull = ([a = '', b = '']: string[]) => (a + b).trim() !== '';
        const records = await read(content);
        expect(records.map((record) => 'cells' in record && [record.cells['a'], record.cells['b']])).toEqual(
          expected.filter(isFull),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('compatibility: a file with well-formed quotes is read as by csv-parse', async () => {
    const value = fc.string({ unit: fc.constantFrom('a', '"', ' ', 'é', ';', '\t') }).map((text) => {
      return /^ *"|[;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value)), fc.constantFrom(';', '\t'), async (rows, delimiter) => {
        const content = [`a${delimiter}b`, ...rows.map((row) => row.join(delimiter))].join('\n');
        const other: string[][] = parse(content, { delimiter, relax_quotes: true, from: 2, skip_empty_lines: true });
        const full = other.filter((values) => values.some((each) => each.trim() !== ''));
        expect(cellsOf(await read(content))).toEqual(full.map(([a, b]) => ({ a, b })));
      }),
      { numRuns: 500 },
    );
  });

  it('stray quote: valid lines after a stray quote are read', async () => {
    const records = await read('a,b\n1,"q"z\n2,x\n3,"open\n4,y\n5,z');
    expect(records).toEqual([
      { line: 2, unreadable: 'a quote is not closed, or is not doubled inside a quoted value' },
      { line: 3, cells: { a: '2', b: 'x' } },
      { line: 4, unreadable: 'a quote is not closed, or is not doubled inside a quoted value' },
      { line: 5, cells: { a: '4', b: 'y' } },
      { line: 6, cells: { a: '5', b: 'z' } },
    ]);
  });

  it('stray quote: lines between two stray quotes are read as records', async () => {
    const records = await read('a,b,c\n1,"A\n2,B,x\n3,C,x\n4,D"\n5,E,x');
    expect(records.map((record) => ('cells' in record ? record.cells['a'] : record.line))).toEqual([
      2,
      '2',
      '3',
      5,
      '5',
    ]);
    expect(records[0]).toMatchObject({
      unreadable: 'a quoted value extends to line 5, which gives 2 columns instead of 3: a quote is missing or extra',
    });
  });

  it('column limit: only a line of a million columns is rejected', async () => {
    const records = await read(`a,b\n${','.repeat(1_000_000)}x\n1,2`);
    expect(cellsOf(records)).toEqual([2, { a: '1', b: '2' }]);
  });

  it('plain value: a quote inside an unquoted value belongs to the value', async () => {
    expect(cellsOf(await read('a,b\n6" pot,12"'))).toEqual([{ a: '6" pot', b: '12"' }]);
  });

  it('column count: lines with too few or too many columns are rejected; empty ones at the end are ignored', async () => {
    expect(cellsOf(await read('a,b\n1,"l1\nl2",,'))).toEqual([{ a: '1', b: 'l1\nl2' }]);
    expect(await read('a,b\n1\n1,2,3\n1,2,,')).toEqual([
      { line: 2, unreadable: 'the line has 1 columns, the header has 2' },
      { line: 3, unreadable: 'the line has 3 columns, the header has 2' },
      { line: 4, cells: { a: '1', b: '2' } },
    ]);
  });

  it('record length: reading continues after a CSV record that is too long', async () => {
    const records = await read(`a,b\n${'x'.repeat(2_000_000)},1\n2,"${'y'.repeat(1_100_000)}\n3,z`);
    expect(cellsOf(records)).toEqual([2, 3, { a: '3', b: 'z' }]);
  });

  it('empty rows: rows without a value are skipped', async () => {
    expect(await read('\n\na,b\n,\n , \n"",""\n1,2\n\n')).toEqual([{ line: 7, cells: { a: '1', b: '2' } }]);
  });

  it.each([
    ['semicolons', 'a;b\n1,5;x\n', undefined],
    ['tabs', 'a\tb\n1,5\tx\n', undefined],
    ['a delimiter line', 'sep=;\na;b\n1,5;x\n', undefined],
    ['a delimiter line in quotes', '"sep=;"\na;b\n1,5;x\n', undefined],
    ['a delimiter line with a tab', 'sep=\t\na\tb\n1,5\tx\n', undefined],
    ['a configured delimiter', 'a,c#b\n1,5#x\n', '#'],
    ['semicolons, and commas in quoted names', '"a,b,c";b\n1,5;x', undefined],
  ])('delimiter: values separated by %s are read', async (_, content, delimiter) => {
    const [record] = await read(content, { delimiter });
    expect(record && 'cells' in record && Object.values(record.cells)).toEqual(['1,5', 'x']);
  });

  it('header: spaces around column names are removed', async () => {
    expect(cellsOf(await read(' a ,"b "\n 1 ,2'))).toEqual([{ a: ' 1 ', b: '2' }]);
  });

  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffa,b\nगेहूँ,2'), undefined],
    ['UTF-16LE with a byte order mark', utf16('a,b\nगेहूँ,2'), undefined],
    ['UTF-16BE with a byte order mark', utf16('a,b\nगेहूँ,2').swap16(), undefined],
    ['UTF-16LE without a byte order mark, if it is configured', utf16('a,b\nगेहूँ,2').subarray(2), 'utf-16le'],
  ])('encoding: %s is read', async (_, content, encoding) => {
    expect(await read(content, { encoding })).toEqual([{ line: 2, cells: { a: 'गेहूँ', b: '2' } }]);
  });

  it('encoding: windows-1252 is read if it is configured', async () => {
    const content = Buffer.from('a,b\nCr\xe8me,2', 'latin1');
    expect(cellsOf(await read(content, { encoding: 'windows-1252' }))).toEqual([{ a: 'Crème', b: '2' }]);
  });

  it('invalid file: a file that is not text, is empty or has an unclosed header is rejected', async () => {
    await expect(read(utf16('a,b\n1,2').subarray(2))).rejects.toThrow('the file is not UTF-8 text');
    await expect(read('')).rejects.toThrow('the file is empty');
    await expect(read('"a,b\n1,2')).rejects.toThrow('the first line must name the columns, but a quote is not closed');
  });
});

describe('JSON file', () => {
  it('NDJSON: each line is a record, and bad lines are reported by number', async () => {
    const content = '{"name":"Tomato","price":42.5,"tags":[],"note":null}\n\nnope\n[1]\r{"a":{}}\r\n{"name":"last"}';
    expect(await readJson(content)).toEqual([
      { line: 1, cells: { name: 'Tomato', price: 42.5, tags: [], note: null } },
      { line: 3, unreadable: 'the record is not valid JSON' },
      { line: 4, unreadable: 'the record is not a JSON object' },
      { line: 5, cells: { a: {} } },
      { line: 6, cells: { name: 'last' } },
    ]);
  });

  it.each([
    ['an array', '[{"id":1},{"id":"[2,\\"}"}]'],
    ['an array over several lines', ' [\n{"id":1}\n,{\n"id":"[2,\\"}"} ] \n'],
    ['an object around an array', '{"n":{"a":[0]},"products":[{"id":1},{"id":"[2,\\"}"}],"more":[3]}'],
    ['an object with an empty array before', '{"errors":[],"notes":[ "a[{" ],"products":[ {"id":1},{"id":"[2,\\"}"}]}'],
    ['an object over several lines', '{\n "products": [\n  {"id":1},\n  {"id":"[2,\\"}"},\n ]\n}'],
  ])('JSON document: %s is read', async (_, content) => {
    expect(cellsOf(await readJson(content))).toEqual([{ id: 1 }, { id: '[2,"}' }]);
  });

  it('line numbers: an array element has the number of its first line', async () => {
    expect(await readJson('[\n  {"id":1},\n\n  {"id":\n2},\n  nope,\n  7]')).toEqual([
      { line: 2, cells: { id: 1 } },
      { line: 4, cells: { id: 2 } },
      { line: 6, unreadable: 'the record is not valid JSON' },
      { line: 7, unreadable: 'the record is not a JSON object' },
    ]);
  });

  it('truncated file: text after the array and an unclosed array are reported', async () => {
    expect(await readJson('[{"id":1}]\n[{"id":2}]')).toEqual([
      { line: 1, cells: { id: 1 } },
      { line: 2, unreadable: 'unexpected text after the array' },
    ]);
    expect(await readJson('[{"id":1},\n{"id":2}')).toEqual([
      { line: 1, cells: { id: 1 } },
      { line: 2, cells: { id: 2 } },
      { line: 2, unreadable: 'the file ends before its array is closed' },
    ]);
    await expect(readJson('{"id":1,\n"n":2}')).rejects.toThrow('the file has no array of objects');
  });

  it('JSON object: an array inside a single object is not read as records, and a second array is reported', async () => {
    await expect(readJson('{"id":"1","name":"Tomato","tags":[]}')).rejects.toThrow('the file has no array of objects');
    const document = '{"included":[{"id":1}],\n"data":[\n{"id":2},{"id":[{}]}],"links":[[{}]]}';
    expect(await readJson(document)).toEqual([
      { line: 1, cells: { id: 1 } },
      { line: 3, unreadable: expect.stringContaining('a second array of objects starts') as string },
    ]);
  });

  it('round trip: every JSON array of objects is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), fc.nat(3), async (objects, indent) => {
        const plain = JSON.parse(JSON.stringify(objects)) as unknown[];
        expect(cellsOf(await readJson(JSON.stringify(objects, undefined, indent)))).toEqual(plain);
      }),
    );
  });

  it('record length: reading continues after a JSON element that is too long', async () => {
    const long = `{"id":0,"text":"${'x'.repeat(1_100_000)}"}`;
    expect(cellsOf(await readJson(`[${long},{"id":1}]`))).toEqual([1, { id: 1 }]);
    expect(cellsOf(await read(`${long}\n{"id":1}`, { format: 'ndjson' }))).toEqual([1, { id: 1 }]);
  });
});

describe('file read in chunks', () => {
  async function* inChunks(text: string, size: number) {
    for (let at = 0; at < text.length; at += size) yield await Promise.resolve(text.slice(at, at + size));
  }
  async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  }

  it.each([1, 2, 3])('chunk boundary: chunks of %i characters give the same lines', async (size) => {
    const lines = await collect(linesOf(inChunks('a\r\nb\r\r\nc\r\rd\n\ne\r', size)));
    expect(lines.map(({ text }) => text)).toEqual(['a', 'b', 'c', '', 'd', '', 'e']);
  });

  it.each([1, 2, 3])('chunk boundary: chunks of %i characters give the same array elements', async (size) => {
    const elements = await collect(arrayElementsOf(inChunks('{"p":[ {"a":"\\"]"}, [1,2] ,\n\n 3 ]} ', size)));
    expect(elements).toEqual([
      { line: 1, text: '{"a":"\\"]"}' },
      { line: 1, text: '[1,2] ' },
      { line: 3, text: '3 ' },
    ]);
  });
});
