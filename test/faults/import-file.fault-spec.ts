/** Import files designed to be slow to parse. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImportFile } from '@testing/ingest';

const LINES = 200_000;

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each(['1,"x', 'a",b,"c', '""', '"', ',"', '', '"",""'])(
  'CSV quotes: %j on 200,000 lines takes time proportional to the file size',
  async (line) => {
    const path = join(directory, 'file.csv');
    writeFileSync(path, `a,b\n${`${line}\n`.repeat(LINES)}1,"`);
    const { records } = openImportFile(path, { format: 'csv', onHeader: () => undefined });
    let lastLine = 0;
    for await (const record of records) lastLine = record.line;
    expect(lastLine).toBeGreaterThan(0);
  },
  60_000, // quadratic time would take longer
);
