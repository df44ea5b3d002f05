/** The embedded database runs in the thread that also serves requests and receives signals. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BoundedReader, sql, runInTransaction } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

describe('event loop on SQLite', () => {
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

  it('event loop: a backlog of transactions yields to other work between transactions', async () => {
    const write = () =>
      runInTransaction(catalogue.dataSource, (manager) => manager.query('DELETE FROM products WHERE id = 0'));
    expect(await turnsDuring(100, write)).toBeGreaterThan(50);
  });

  it('event loop: a series of slow reads yields to other work', async () => {
    const reader = catalogue.app.get(BoundedReader, { strict: false });
    const slow = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT MAX(i) FROM n`;
    const read = () => reader.read(sql`SELECT * FROM (${slow}) AS slow`, 1_000);
    expect(await turnsDuring(40, read)).toBeGreaterThan(5);
  });
});
