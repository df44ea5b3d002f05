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

  it('a backlog of transactions leaves a turn of the event loop to others before each of them', async () => {
    let transactions = 0;
    const working = (async () => {
      while (transactions < 100) {
        await transact(catalogue.dataSource, (manager) => manager.query('DELETE FROM products WHERE id = 0'));
        transactions += 1;
      }
    })();
    const seen = new Set<number>();
    while (transactions < 100) {
      seen.add(transactions);
      await nextTurn();
    }
    await working;
    expect(seen.size).toBeGreaterThan(50);
  });

  it('a read of many statements leaves turns to others', async () => {
    const reader = catalogue.app.get(BoundedReader, { strict: false });
    const slow = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT MAX(i) FROM n`;
    let statements = 0;
    const reading = (async () => {
      for (; statements < 40; statements++) await reader.read(sql`SELECT * FROM (${slow}) AS slow`, 1_000);
    })();
    const seen = new Set<number>();
    while (statements < 40) {
      seen.add(statements);
      await nextTurn();
    }
    await reading;
    expect(seen.size).toBeGreaterThan(5);
  });
});
