/**
 * Compares the statements of every access path, their query plans and the rows they examine with mysql.sql and
 * mariadb.sql in this directory, which are reviewed. To update them: `UPDATE_SQL=1 npx jest --selectProjects
 * integration-long test/integration/sql`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoCatalogueService } from '@catalogue';
import { ExplainService } from '@features/products';
import request from 'supertest';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createMysql } from '../../support/databases';
import { examinedBy, explain, explainedSql, type ExplainedCase } from './explained-sql';

const ROWS = 20_000;
/** Tolerance: number of products that may have the same price as the seek position and are skipped. */
const EQUAL_KEYS = 40;

/** Access paths with a query, the maximum number of rows to examine, and the reason for this limit. */
const cases: readonly ExplainedCase[] = [
  { path: 'index-scan', query: 'sort=createdAt', atMost: 110, because: 'a page, its rows and their producers' },
  {
    path: 'index-scan',
    query: 'sort=price&order=desc&category=vegetables',
    atMost: 110,
    because: 'the category has an index',
  },
  {
    path: 'index-scan',
    query: 'sort=name&category=eggs,fruits',
    atMost: 170,
    because: 'a page of each category, merged',
  },
  {
    path: 'index-scan',
    query: 'sort=price&page=400',
    atMost: 8_110,
    because: 'skipped rows are read from the index only',
  },
  {
    path: 'index-scan',
    query: 'sort=price&minPrice=100&maxPrice=105',
    atMost: 110,
    because: 'the price range is an index range',
  },
  {
    path: 'index-scan',
    query: 'sort=createdAt&search=product',
    atMost: 130,
    because: 'nearly every product contains the word',
  },
  {
    path: 'search-index',
    query: 'sort=price&search=tomato',
    atMost: 130,
    because: 'sets and sort codes are in memory',
  },
  {
    path: 'search-index',
    query: 'search=tomato+nashik',
    atMost: 130,
    because: 'the sets of two words are intersected in memory',
  },
  { path: 'search-index', query: 'sort=name&search=to&page=5', atMost: 350, because: 'each name is read once' },
  {
    path: 'search-index',
    query: 'sort=createdAt&search=mango&minPrice=50&maxPrice=500',
    atMost: 130,
    because: 'prices are in memory, too',
  },
  { path: 'search-index', query: 'sort=price&search=tomato&page=20', atMost: 130, because: 'ranks need no rows' },
  { path: 'search-index', query: 'inStock=false&sort=price&category=eggs', atMost: 130, because: 'stock is a set' },
  {
    path: 'search-index',
    query: 'sort=price&search=tomato&near=19.99,73.78&radiusKm=25',
    atMost: 250,
    because: 'producers within the radius are found in memory',
  },
  {
    path: 'price-range',
    query: 'sort=createdAt&minPrice=1200',
    atMost: 250,
    because: 'all products of the range, sorted',
  },
  { path: 'producers', query: 'sort=price&producerId=1', atMost: 250, because: 'all products of one producer, sorted' },
  {
    path: 'producers',
    query: 'sort=price&near=19.99,73.78&radiusKm=5',
    atMost: 250,
    because: 'all products within the radius, sorted',
  },
  {
    path: 'nearest-first',
    query: 'sort=distance&near=19.99,73.78&radiusKm=200',
    atMost: 1_500,
    because: 'products are read nearest first',
  },
];

describe('SQL of every access path', () => {
  let catalogue: TestCatalogue;
  let explainer: ExplainService;
  let file: string;

  beforeAll(async () => {
    catalogue = await startCatalogue(createMysql);
    const demo = catalogue.app.get(DemoCatalogueService);
    await demo.fill({ rows: ROWS, signal: new AbortController().signal, onProgress: () => undefined });
    await catalogue.dataSource.query('ANALYZE TABLE products, producers, search_index');
    explainer = catalogue.app.get(ExplainService);
    const [server] = await catalogue.dataSource.query<{ version: string }[]>('SELECT VERSION() AS version');
    file = join(__dirname, server?.version.includes('MariaDB') === true ? 'mariadb.sql' : 'mysql.sql');
  });
  afterAll(() => catalogue.close());

  it('snapshot: statements, plans and examined rows are those that were reviewed', async () => {
    const sections: string[] = [];
    for (const each of cases) sections.push(await explainedSql(catalogue.dataSource, explainer, each));
    const actual = sections.join('\n\n');
    if (process.env['UPDATE_SQL'] === '1') writeFileSync(file, `${actual}\n`);
    expect(existsSync(file)).toBe(true);
    expect(`${actual}\n`).toBe(readFileSync(file, 'utf8'));
  });

  it.each(cases)(
    'rows examined: $path examines at most $atMost rows for $query: $because',
    async ({ path, query, atMost }) => {
      expect(examinedBy(await explain(explainer, path, query))).toBeLessThanOrEqual(atMost);
    },
  );

  it.each([
    ['index-scan', 'sort=price'],
    ['index-scan', 'sort=createdAt&category=vegetables'],
    ['search-index', 'sort=price&search=tomato'],
  ] as const)('seek: %s examines no more rows after a deep cursor than on the first page: %s', async (path, query) => {
    const deep = await cursorFarIn(query);
    const first = examinedBy(await explain(explainer, path, query));
    const behind = examinedBy(await explain(explainer, path, `${query}&cursor=${deep}`));
    expect(behind).toBeLessThanOrEqual(first + EQUAL_KEYS);
  });

  async function cursorFarIn(query: string): Promise<string> {
    const response = await request(catalogue.app.getHttpServer()).get(`/products?${query}&page=15`).expect(200);
    return (response.body as { pagination: { nextCursor: string } }).pagination.nextCursor;
  }
});
