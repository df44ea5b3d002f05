import { hasPendingMigrations, migrate, revertLastMigration } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

describe.each(databases)('schema on %s', (name, createDatabase) => {
  let catalogue: TestCatalogue;
  const query = <Row>(statement: string): Promise<Row[]> => catalogue.dataSource.query(statement);

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  afterAll(() => catalogue.close());

  it('migration: a second run has nothing to do', async () => {
    expect(await migrate(catalogue.dataSource)).toEqual([]);
  });

  it('migration: all migrations are reverted one by one to an empty schema and run again', async () => {
    const count = catalogue.dataSource.migrations.length;
    for (let i = 0; i < count; i++) await revertLastMigration(catalogue.dataSource);
    await expect(query('SELECT 1 FROM products')).rejects.toThrow();
    await expect(query('SELECT 1 FROM producers')).rejects.toThrow();
    expect(await migrate(catalogue.dataSource)).toHaveLength(count);
    expect(await query('SELECT id FROM products')).toEqual([]);
  });

  it('migration: a build without the last migration refuses to revert it', async () => {
    const { dataSource } = catalogue;
    const { migrations } = dataSource;
    const [last] = await query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id DESC LIMIT 1');
    Object.assign(dataSource, { migrations: migrations.filter(({ constructor: { name } }) => name !== last?.name) });
    await expect(revertLastMigration(dataSource)).rejects.toThrow('this build does not have the migration');
    Object.assign(dataSource, { migrations });
    expect(await hasPendingMigrations(dataSource)).toBe(false);
  });

  it('collation: texts are compared byte for byte', async () => {
    const rows = await query<{ same: number }>(
      `SELECT (SELECT COUNT(*) FROM signing_keys WHERE name = 'CURSOR') + (SELECT COUNT(*) FROM signing_keys WHERE name = 'cürsor') AS same`,
    );
    expect(rows).toEqual([{ same: 0 }]);
  });

  it('cursor key: the schema has a key of 64 hexadecimal digits', async () => {
    const [row] = await query<{ secret: string }>('SELECT secret FROM signing_keys');
    expect(row?.secret).toMatch(/^[0-9a-f]{64}$/);
  });

  if (name === 'MySQL') {
    it('collation: every text column states utf8mb4 and utf8mb4_bin', async () => {
      const columns = await query<{ charset: string; collation: string }>(
        `SELECT DISTINCT character_set_name AS charset, collation_name AS collation
         FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name IN ('products', 'producers', 'signing_keys') AND character_set_name IS NOT NULL`,
      );
      expect(columns).toEqual([{ charset: 'utf8mb4', collation: 'utf8mb4_bin' }]);
    });
  }
});
