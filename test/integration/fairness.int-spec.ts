/** The embedded database works in the thread that also answers requests and receives signals. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { transact } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

describe('a backlog of transactions on SQLite', () => {
  let catalogue: TestCatalogue;
  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
  });
  afterAll(() => catalogue.close());

  it('leaves a turn of the event loop to others before each of them', async () => {
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
});
