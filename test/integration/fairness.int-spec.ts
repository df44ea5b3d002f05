/** The embedded database works in the thread that also answers requests and receives signals. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BoundedReader, sql, transact } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

describe('on SQLite', () => {
  let catalogue: TestCatalogue;
  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
  });
  afterAll(() => catalogue.close());

  /** In how many turns of the event loop something else could run while these steps were made one after another. */
  async function turnsDuring(steps: number, step: () => Promise<unknown>): Promise<number> {
    let made = 0;
    const making = (async () => {
      for (; made < steps; made++) await step();
    })();
    const seen = new Set<number>();
    while (made < steps) {
      seen.add(made);
      await nextTurn();
    }
    await making;
    return seen.size;
  }

  it('a backlog of transactions leaves a turn of the event loop to others before each of them', async () => {
    const write = () => transact(catalogue.dataSource, (manager) => manager.query('DELETE FROM products WHERE id = 0'));
    expect(await turnsDuring(100, write)).toBeGreaterThan(50);
  });

  it('a read of many statements leaves turns to others', async () => {
    const reader = catalogue.app.get(BoundedReader, { strict: false });
    const slow = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT MAX(i) FROM n`;
    const read = () => reader.read(sql`SELECT * FROM (${slow}) AS slow`, 1_000);
    expect(await turnsDuring(40, read)).toBeGreaterThan(5);
  });
});
