import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueWriter, ProductWriteRepository } from '@catalogue';
import { ImportService, type ImportSummary } from '@features/ingest';
import type { ImportRequest } from '@testing/ingest';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

describe.each(databases)('file import on %s', (_, createDatabase) => {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const rejectPath = join(directory, 'rejects.ndjson');
  const warningPath = join(directory, 'warnings.ndjson');
  let catalogue: TestCatalogue;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  beforeEach(async () => {
    await catalogue.clear();
    rmSync(rejectPath, { force: true });
  });
  afterAll(async () => {
    await catalogue.close();
    rmSync(directory, { recursive: true });
  });

  function run(content: string, differing: Partial<ImportRequest> = {}): Promise<ImportSummary> {
    const path = join(directory, 'file');
    writeFileSync(path, content);
    const { app, dataSource } = catalogue;
    const service = new ImportService(dataSource, app.get(ProductWriteRepository), app.get(CatalogueWriter));
    return service.run({
      path,
      format: 'csv',
      mapping: { columns: {}, constants: {} },
      preset: undefined,
      decimalMark: 'point',
      rejectPath,
      warningPath,
      isDryRun: false,
      nowMs: Date.UTC(2026, 10, 1),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...differing,
    });
  }

  const HEADER = 'id,name,category,price,producer\n';
  const lines = (count: number) =>
    Array.from({ length: count }, (__, i) => `${i},Tomato ${i},Vegetables,${i}.5,Farm ${i % 7}`).join('\n');
  const stored = async () =>
    (await catalogue.dataSource.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM products'))[0]?.n;

  it('idempotent import: every product of several batches is stored, and a second run changes nothing', async () => {
    const content = HEADER + lines(1_203);
    expect(await run(content)).toMatchObject({ read: 1_203, created: 1_203, updated: 0, unchanged: 0, rejected: 0 });
    const before: unknown = await catalogue.dataSource.query('SELECT * FROM products ORDER BY id');
    expect(await run(content)).toEqual({
      read: 1_203,
      created: 0,
      updated: 0,
      unchanged: 1_203,
      repeated: 0,
      rejected: 0,
      skipped: 0,
      warnings: 0,
      missingColumns: [],
    });
    expect(await catalogue.dataSource.query('SELECT * FROM products ORDER BY id')).toEqual(before);
    expect(existsSync(rejectPath)).toBe(false);
  });

  it('reject file: invalid lines are skipped and written to it with their numbers and reasons', async () => {
    const summary = await run(
      `${HEADER}1,Tomato,vegetables,10,Farm\n2,,vegetables,free,Farm\n3,x\n4,Potato,vegetables,5,Farm`,
    );
    expect(summary).toMatchObject({ read: 4, created: 2, updated: 0, unchanged: 0, rejected: 2 });
    const rejects = readFileSync(rejectPath, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(rejects).toEqual([
      {
        line: 3,
        reasons: ['name is missing', 'price must be a number from 0 to 10000000 with at most two decimals, not "free"'],
        record: { id: '2', name: '', category: 'vegetables', price: 'free', producer: 'Farm' },
      },
      { line: 4, reasons: ['the line has 2 columns, the header has 5'] },
    ]);
  });

  it('duplicate ids: they are counted and reported within and across batches, and the last line wins', async () => {
    const more =
      '7,Changed 7,Vegetables,9,Farm\n7,Last 7,Vegetables,9,Farm\nx,,Vegetables,9,Farm\nnew,New,Fruit,1,Farm';
    expect(await run(`${HEADER}${lines(600)}\n${more}\nnew,Newer,Fruit,1,Farm`)).toEqual({
      read: 605, created: 601, updated: 0, unchanged: 0, repeated: 3, rejected: 1, skipped: 0, warnings: 3, missingColumns: [],
    }); // prettier-ignore
    expect(readFileSync(warningPath, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(
      [[602, '7'], [603, '7'], [606, 'new']].map(([line, id]) => {
        return { line, id, warnings: ['the id repeats that of an earlier line; the last line is stored'] };
      }),
    ); // prettier-ignore
    const names = await catalogue.dataSource.query<{ name: string }[]>(
      "SELECT name FROM products WHERE external_id IN ('7', 'new') ORDER BY external_id",
    );
    expect(names).toEqual([{ name: 'Last 7' }, { name: 'Newer' }]);
  });

  it('reject file: the file of an earlier import is removed', async () => {
    await run(`${HEADER}1,,vegetables,10,Farm`);
    expect(existsSync(rejectPath)).toBe(true);
    await run(`${HEADER}1,Tomato,vegetables,10,Farm`);
    expect(existsSync(rejectPath)).toBe(false);
  });

  it('reject file: the import fails if the file cannot be written, so that no reject is lost', async () => {
    const nowhere = { rejectPath: join(directory, 'no/such/directory') };
    await expect(run(`${HEADER}1,,vegetables,10,Farm`, nowhere)).rejects.toThrow('ENOENT');
  });

  it('NDJSON: fields are mapped from other names and constants', async () => {
    const mapping = { columns: { name: 'title', id: 'sku' }, constants: { producer: 'Farm', unit: 'kg' } };
    expect(
      await run('{"sku":7,"title":"Okra","category":"vegetables","price":12.5}', { format: 'ndjson', mapping }),
    ).toMatchObject({ created: 1 });
    expect(await catalogue.dataSource.query('SELECT external_id, name, price_minor, unit FROM products')).toEqual([
      { external_id: '7', name: 'Okra', price_minor: 1_250, unit: 'kg' },
    ]);
  });

  it('dry run: nothing is stored, and the summary counts what an import would create', async () => {
    expect(await run(HEADER + lines(700), { isDryRun: true })).toMatchObject({ created: 700 });
    expect(await stored()).toBe(0);
  });

  it('missing column: a file without a required column is refused before anything is stored', async () => {
    await expect(run('')).rejects.toThrow('the file is empty');
    await expect(run(`id,name\n1,Tomato`)).rejects.toThrow(
      'the file has no column for category, price, producer; it has id, name',
    );
    expect(await stored()).toBe(0);
  });

  it('interruption: whole batches are kept, and the next run stores the rest', async () => {
    const interruption = new AbortController();
    const content = HEADER + lines(2_000);
    const summary = await run(content, { signal: interruption.signal, onProgress: () => interruption.abort() });
    expect(summary.created).toBe(500);
    expect(await stored()).toBe(500);
    expect(await run(content)).toMatchObject({ created: 1_500, unchanged: 500 });
  });
});
