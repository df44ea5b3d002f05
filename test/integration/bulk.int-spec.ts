import { bulkInsert } from '@platform/database';
import { SortIndexRepository } from '@testing/catalogue';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

describe.each(databases)('bulk insert on %s', (name, createDatabase) => {
  let catalogue: TestCatalogue;
  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  const add = (rows: readonly (readonly (string | number | null)[])[]) =>
    catalogue.dataSource.transaction((manager) =>
      bulkInsert(manager, { table: 'producers', columns: ['name', 'place', 'latitude'], rows }),
    );
  const stored = (): Promise<unknown[]> =>
    catalogue.dataSource.query('SELECT name, place, latitude FROM producers ORDER BY id');

  it('escaping: every value is stored unchanged', async () => {
    const rows = ['\\', '\\N', 'tab\there', 'line\nbreak', 'cr\rlf', `quotes ' " \``, '🍅 आम ™', '', '%s ?', '\\t'].map(
      (text, index) => [text, `place ${index}`, index % 2 === 0 ? null : index + 0.25],
    );
    await add(rows);
    expect(await stored()).toEqual(rows.map(([n, place, latitude]) => ({ name: n, place, latitude })));
  });

  it('batches: no rows and 2,345 rows are both accepted', async () => {
    await add([]);
    await add(Array.from({ length: 2_345 }, (_, i) => [`Farm ${i}`, '', null]));
    expect(await stored()).toHaveLength(2_345);
  });

  it.each<[string, (string | number | null)[]]>([
    ['is a duplicate', ['Farm', 'Nashik', 1]],
    ['is too long', [name === 'MySQL' ? 'x'.repeat(201) : 'Farm', 'Nashik', 1]],
    ['violates a constraint of the table', ['Other', 'Nashik', 91]],
  ])('atomicity: no row is stored if one %s', async (_, bad) => {
    await add([['Farm', 'Nashik', 1]]);
    await expect(add([['New', 'Pune', 2], bad])).rejects.toThrow();
    expect(await stored()).toEqual([{ name: 'Farm', place: 'Nashik', latitude: 1 }]);
  });

  it('sort indexes: they can be dropped for a load and are all restored afterwards', async () => {
    const indexes = catalogue.app.get(SortIndexRepository, { strict: false });
    const present = async () => {
      const statement =
        name === 'MySQL'
          ? `SELECT index_name AS i, column_name AS c, seq_in_index AS s FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name = 'products' ORDER BY 1, 3`
          : `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'products' ORDER BY name`;
      return catalogue.dataSource.query<unknown[]>(statement);
    };
    const migrated = await present();
    await indexes.drop();
    expect((await present()).length).toBeLessThan(migrated.length);
    await indexes.drop();
    await indexes.ensure();
    expect(await present()).toEqual(migrated);
    await indexes.ensure();
    expect(await present()).toEqual(migrated);
  });
});
