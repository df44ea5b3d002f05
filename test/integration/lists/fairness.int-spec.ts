/** Event loop fairness: the embedded database runs in the thread that also serves requests and receives signals. */
import { setImmediate as nextIteration } from 'node:timers/promises';
import { BoundedReader, sql, runInTransaction } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { createSqlite } from '../../support/databases';

describe('event loop on SQLite', () => {
  let catalogue: TestCatalogue;
  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
  });
  afterAll(() => catalogue.close());

  /** Runs steps sequentially. Returns the number of event loop iterations in which other work could run meanwhile. */
  async function iterationsDuring(steps: number, step: () => Promise<unknown>): Promise<number> {
    let completed = 0;
    const running = (async () => {
      for (; completed < steps; completed++) await step();
    })();
    const seen = new Set<number>();
    while (completed < steps) {
      seen.add(completed);
      await nextIteration();
    }
    await running;
    return seen.size;
  }

  it('event loop: a backlog of transactions yields to other work between transactions', async () => {
    const write = () =>
      runInTransaction(catalogue.dataSource, (manager) => manager.query('DELETE FROM products WHERE id = 0'));
    expect(await iterationsDuring(100, write)).toBeGreaterThan(50);
  });

  it('event loop: a series of slow reads yields to other work', async () => {
    const reader = catalogue.app.get(BoundedReader, { strict: false });
    const slow = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT MAX(i) FROM n`;
    const read = () => reader.read(sql`SELECT * FROM (${slow}) AS slow`, 1_000);
    expect(await iterationsDuring(40, read)).toBeGreaterThan(5);
  });
});
