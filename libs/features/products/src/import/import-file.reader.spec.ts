import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openImportFile, type FileRecord, type ImportFormat } from './import-file.reader';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function read(content: string | Buffer, format: ImportFormat): Promise<FileRecord[]> {
  const path = join(directory, 'file');
  writeFileSync(path, content);
  const records: FileRecord[] = [];
  for await (const record of openImportFile(path, format, () => undefined).records) records.push(record);
  return records;
}

describe('a CSV file', () => {
  it.each([
    ['\n', ''],
    ['\r\n', '\ufeff'],
  ])('is read with line ends %j, its line numbers those of an editor', async (end, mark) => {
    const lines = ['name,note', '', '"Oil, cold ""pressed""","two', 'lines"', 'Tomato ™,नमस्ते', 'last,'];
    expect(await read(mark + lines.join(end), 'csv')).toEqual([
      { line: 3, cells: { name: 'Oil, cold "pressed"', note: 'two\nlines' } },
      { line: 5, cells: { name: 'Tomato ™', note: 'नमस्ते' } },
      { line: 6, cells: { name: 'last', note: '' } },
    ]);
  });

  it('loses no good line to a stray quote before it', async () => {
    const records = await read('a,b\n1,"q"z\n2,x\n3,"open\n4,y\n5,z', 'csv');
    expect(records).toEqual([
      { line: 2, unreadable: 'a quote is not closed, or stands inside a value' },
      { line: 3, cells: { a: '2', b: 'x' } },
      { line: 4, unreadable: 'a quote is not closed, or stands inside a value' },
      { line: 5, cells: { a: '4', b: 'y' } },
      { line: 6, cells: { a: '5', b: 'z' } },
    ]);
  });

  it('takes lines between two stray quotes for what they are', async () => {
    const records = await read('a,b,c\n1,"A\n2,B,x\n3,C,x\n4,D"\n5,E,x', 'csv');
    const cells = records.map((record) => ('cells' in record ? record.cells['a'] : record.line));
    expect(cells).toEqual([2, '2', '3', 5, '5']);
  });

  it('names lines with too few or too many columns', async () => {
    expect(await read('a,b\n1\n1,2,3', 'csv')).toEqual([
      { line: 2, unreadable: 'the line has 1 columns, the header has 2' },
      { line: 3, unreadable: 'the line has 3 columns, the header has 2' },
    ]);
  });

  it('goes on behind a line that is too long to be one', async () => {
    const records = await read(`a,b\n${'x'.repeat(1_000_000)},1\n2,"${'y'.repeat(70_000)}\n3,z`, 'csv');
    expect(records.map((record) => ('cells' in record ? record.cells : record.line))).toEqual([
      2,
      3,
      { a: '3', b: 'z' },
    ]);
  });

  it('gives back every value that was written into it', async () => {
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    const values = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', ';') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(values, values)), async (rows) => {
        const content = ['a,b', ...rows.map(([a, b]) => `${quoted(a)},${quoted(b)}`)].join('\n');
        const records = await read(content, 'csv');
        expect(records.map((record) => 'cells' in record && [record.cells['a'], record.cells['b']])).toEqual(rows);
      }),
    );
  });
});

describe('an NDJSON file', () => {
  it('is read line by line, bad lines by number', async () => {
    const content =
      '{"name":"Tomato","price":42.5,"note":null}\n\nnope\n[1]\n{"a":{}}\n{"name":"last"}\n{"id":9007199254740993}';
    expect(await read(content, 'ndjson')).toEqual([
      { line: 1, cells: { name: 'Tomato', price: '42.5', note: '' } },
      { line: 3, unreadable: 'the line is not JSON' },
      { line: 4, unreadable: 'the line is not a JSON object' },
      { line: 5, unreadable: 'a must be a text or a number' },
      { line: 6, cells: { name: 'last' } },
      { line: 7, unreadable: 'id is a number too large to be exact; write it as a text' },
    ]);
  });
});
