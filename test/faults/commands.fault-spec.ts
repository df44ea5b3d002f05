/** The command line and the API process: migrations, imports, signals, exit codes and usage errors. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withDataSource } from '../support/data-source';
import { databases, type TestDatabase } from '../support/databases';
import { firstResponse, start, type Finished } from '../support/processes';
import { freePort } from '../support/servers/servers';

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const HEADER = 'index,product,category,price,producer\n';
const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => `${i},Tomato ${i},Vegetables,${i % 900}.5,Farm ${i % 50}\n`).join('');
const COLUMNS = ['--columns', 'id=index,name=product'];

describe.each(databases)('command line on %s', (name, createDatabase) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const cli = (...args: string[]): Promise<Finished> => start('cli', args, database.environment, directory).finished;
  const file = (content: string) => {
    const path = join(directory, 'products.csv');
    writeFileSync(path, content);
    return path;
  };

  it('old schema: in production the API exits with 1 and names npm run db:migrate', async () => {
    const environment = {
      ...database.environment,
      NODE_ENV: 'production',
      WEBHOOK_ALLOW_UNSIGNED: 'true',
      PORT: String(await freePort()),
    };
    const { code, stderr } = await start('api', [], environment, directory).finished;
    expect(code).toBe(1);
    expect(stderr).toContain('npm run db:migrate');
  });

  it('migration: migrate creates the schema, reverts its last migration and applies it again', async () => {
    expect(await cli('migrate')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Done: /) as string });
    expect(await cli('migrate')).toMatchObject({ code: 0, stdout: 'The schema is up to date.\n' });
    expect(await cli('migrate', '--revert')).toMatchObject({ code: 0 });
    expect(await cli('migrate')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Done: \w+/) as string });
  });

  it('import: reports its counts, writes rejected lines to a file, and exits with 3 if there are any', async () => {
    const path = file(`${HEADER}1,Tomato,Vegetables,10,Farm\n2,,Vegetables,x,Farm\n`);
    const first = await cli('import', path, ...COLUMNS, '--set', 'unit=kg');
    expect(first.stdout).toMatch(
      /^2 read: 1 created, 0 updated, 0 unchanged, 0 repeated, 1 rejected \(see products.csv.rejects.ndjson\) in/,
    );
    expect(first).toMatchObject({ code: 3, stderr: '' });
    expect(readFileSync(join(directory, 'products.csv.rejects.ndjson'), 'utf8')).toContain('"line":3');
    const second = await cli('import', file(`${HEADER}1,Tomato,Vegetables,10,Farm\n`), ...COLUMNS, '--set', 'unit=kg');
    expect(second).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 unchanged, 0 repeated, 0 rejected') as string,
    });
  });

  it('import: reads a spreadsheet in UTF-16 with semicolons and decimal commas, and warns of damaged ids', async () => {
    const path = join(directory, 'de.csv');
    const rows = ['Artikel;Name;category;Preis', '1,5E+12;Apfel;Obst;1.299,50 €', ';;;', 'b;Birne;Obst;2,50'];
    writeFileSync(path, `\ufeff${rows.join('\r')}`, 'utf16le');
    const options = ['--columns', 'id=Artikel', '--columns', 'price=Preis', '--set', 'producer=Hof, Wiese & Co'];
    const { code, stdout } = await cli('import', path, ...options, '--set', 'currency=EUR', '--decimal', 'comma');
    expect(stdout).toMatch(/^2 read: 2 created, .* 0 rejected; 1 warnings \(see de.csv.warnings.ndjson\) in/);
    expect(code).toBe(0);
    expect(readFileSync(join(directory, 'de.csv.warnings.ndjson'), 'utf8')).toContain('damaged');
  });

  it('concurrent imports: two imports of the same products in opposite order both succeed', async () => {
    const rows = lines(3_000).trimEnd().split('\n');
    const files = [rows, rows.toReversed().map((row) => row.replace('Tomato', 'Potato'))].map((content, index) => {
      const path = join(directory, `at-once-${index}.csv`);
      writeFileSync(path, HEADER + content.join('\n'));
      return path;
    });
    const finished = await Promise.all(files.map((path) => cli('import', path, ...COLUMNS)));
    for (const { code, stdout } of finished) expect([code, stdout]).toEqual([0, expect.stringMatching(/^3000 read/)]);
  });

  it('SIGINT: an import stops between two batches with exit code 130, and the next run completes it', async () => {
    const path = file(HEADER + lines(20_000));
    const { child, finished } = start('cli', ['import', path, ...COLUMNS], database.environment, directory);
    await untilStored(database, 5_000);
    child.kill('SIGINT');
    const { code, stdout } = await finished;
    const [, read, created] = /^(\d+) read: (\d+) created/.exec(stdout) ?? [];
    expect(code).toBe(130);
    expect(Number(created)).toBeLessThan(20_000);
    expect(await cli('import', path, ...COLUMNS)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^20000 read/) as string,
    });
    expect(Number(read)).toBeGreaterThan(0);
  });

  it('Redis unavailable: import succeeds without a warning, because processes read the change log', async () => {
    const path = file(`${HEADER}1,Tomato,Vegetables,11,Farm\n`);
    const environment = { ...database.environment, REDIS_URL: 'redis://127.0.0.1:1' };
    const imported = await start('cli', ['import', path, ...COLUMNS], environment, directory).finished;
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('1 updated') as string, stderr: '' });
  });

  it(`production: the API serves the imported products on ${name}`, async () => {
    const port = await freePort();
    const api = start(
      'api',
      [],
      { ...database.environment, NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true', PORT: String(port) },
      directory,
    );
    const response = await firstResponse(`http://127.0.0.1:${port}/products?search=tomato&count=exact&limit=1`, api);
    const { pagination } = (await response.json()) as { pagination: { total: number } };
    api.child.kill('SIGTERM');
    await api.finished;
    expect(pagination.total).toBe(20_000);
  });
});

describe('command line', () => {
  const environment = { DATABASE_FILE: join(directory, 'usage.db') };
  beforeAll(async () => {
    writeFileSync(join(directory, 'usage.csv'), `${HEADER}1,Tomato,Vegetables,10,Farm\n`);
    await start('cli', ['migrate'], environment, directory).finished;
  });

  it.each([
    [['import', 'no-such-file.csv'], 'file not found: no-such-file.csv'],
    [['import', 'package.json'], 'file not found: package.json'],
    [['import', join(directory, 'usage.csv')], 'the file has no column for id, name'],
    [['import', join(directory, 'usage.csv'), '--columns', 'nam=product'], 'unknown field "nam"'],
    [['import', join(directory, 'usage.csv'), '--set', 'unit=kg,unti=x'], 'unknown field "unti"'],
    [['import', join(directory, 'usage.csv'), '--encoding', 'klingon'], 'unknown encoding "klingon"'],
    [['import', join(directory, 'usage.csv'), '--delimiter', ';;'], '--delimiter must be one character'],
    [['import', join(directory, 'usage.csv'), '--preset', 'etsy'], 'Allowed choices are shopify'],
    [['seed', '--rows', 'many'], 'must be a whole number'],
    [['harvest'], 'unknown command'],
  ])('usage error: %j exits with 1 and names the reason', async (args, reason) => {
    const { code, stderr } = await start('cli', args, environment, directory).finished;
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });
});

it.each(databases)('SIGINT, SIGTERM: seed and reindex on %s stop between two batches', async (_, createDatabase) => {
  const database = await createDatabase();
  const command = (...args: string[]) => start('cli', args, database.environment, directory);
  await command('migrate').finished;
  const seeding = command('seed', '--rows', '99000');
  await until(database, 'SELECT COUNT(*) AS n FROM products', 1);
  seeding.child.kill('SIGTERM');
  const seeded = await seeding.finished;
  expect(seeded).toMatchObject({ code: 130, stdout: expect.stringContaining('interrupted') as string });
  const indexing = command('reindex');
  await until(database, 'SELECT next_block AS n FROM search_index_state', 1);
  indexing.child.kill('SIGINT');
  const indexed = await indexing.finished;
  expect(indexed).toMatchObject({ code: 130, stdout: expect.stringMatching(/^Interrupted/) as string });
  const resumed = await command('reindex').finished;
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Resuming at block/) as string });
  await withDataSource(database, [], (dataSource) => dataSource.query('UPDATE search_index_state SET next_block = 1'));
  const restarted = await command('reindex', '--restart').finished;
  expect(restarted).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Resuming') as string });
  await database.drop();
});

describe('API process', () => {
  it('first start: an empty directory gets a demo catalogue, and the URLs to open are printed', async () => {
    const port = await freePort();
    const api = start('api', [], { PORT: String(port) }, mkdtempSync(join(directory, 'new-')));
    const response = await firstResponse(`http://127.0.0.1:${port}/products?search=tomato&sort=price`, api);
    const { data } = (await response.json()) as { data: { name: string; price: number }[] };
    expect(data.length).toBeGreaterThan(10);
    for (const { name } of data) expect(name).toContain('Tomato');
    expect(data.map(({ price }) => price)).toEqual(data.map(({ price }) => price).toSorted((a, b) => a - b));
    api.child.kill('SIGTERM');
    const { stdout } = await api.finished;
    for (const path of ['/products?search=tomato&sort=price', '/docs', '/openapi.json'])
      expect(stdout).toContain(`http://localhost:${port}${path}\n`);
  });

  it('configuration: all errors are reported at once, and the exit code is 78', async () => {
    const { code, stderr } = await start('api', [], { PORT: 'http', LOG_LEVEL: 'loud' }, directory).finished;
    expect(code).toBe(78);
    expect(stderr).toContain('PORT must be a whole number');
    expect(stderr).toContain('LOG_LEVEL must be one of');
  });

  it('port in use: the second process exits with 1 and names EADDRINUSE', async () => {
    const port = String(await freePort());
    const first = start('api', [], { PORT: port }, mkdtempSync(join(directory, 'first-')));
    await firstResponse(`http://127.0.0.1:${port}/categories`, first);
    const second = await start('api', [], { PORT: port }, mkdtempSync(join(directory, 'second-'))).finished;
    first.child.kill('SIGTERM');
    await first.finished;
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('EADDRINUSE');
  });
});

function untilStored(database: TestDatabase, products: number): Promise<void> {
  return until(database, 'SELECT COUNT(*) AS n FROM products', products);
}

/** Polls a query on the database until its result is at least `atLeast`. */
function until(database: TestDatabase, query: string, atLeast: number): Promise<void> {
  return withDataSource(database, [], async (dataSource) => {
    for (let n = 0; n < atLeast;) {
      const [row] = await dataSource.query<{ n: number | null }[]>(query);
      n = row?.n ?? 0;
      await delay(20);
    }
  });
}
