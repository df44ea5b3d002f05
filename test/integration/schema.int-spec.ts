import { hasPendingMigrations, migrate, revertLastMigration } from '@platform/database';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

describe.each(databases)('the schema on %s', (name, createDatabase) => {
  let catalogue: TestCatalogue;
  const query = <Row>(statement: string): Promise<Row[]> => catalogue.dataSource.query(statement);

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  afterAll(() => catalogue.close());

  it('is made once and then up to date', async () => {
    expect(await migrate(catalogue.dataSource)).toEqual([]);
  });

  it('goes back migration by migration to nothing, and forward again', async () => {
    const count = catalogue.dataSource.migrations.length;
    for (let i = 0; i < count; i++) await revertLastMigration(catalogue.dataSource);
    await expect(query('SELECT 1 FROM products')).rejects.toThrow();
    await expect(query('SELECT 1 FROM producers')).rejects.toThrow();
    expect(await migrate(catalogue.dataSource)).toHaveLength(count);
    expect(await query('SELECT id FROM products')).toEqual([]);
  });

  it('is left as it is by a build that lacks the migration to be reverted', async () => {
    const { dataSource } = catalogue;
    const { migrations } = dataSource;
    const [last] = await query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id DESC LIMIT 1');
    Object.assign(dataSource, { migrations: migrations.filter(({ constructor: { name } }) => name !== last?.name) });
    await expect(revertLastMigration(dataSource)).rejects.toThrow('this build does not have the migration');
    Object.assign(dataSource, { migrations });
    expect(await hasPendingMigrations(dataSource)).toBe(false);
  });

  it('compares texts byte for byte', async () => {
    const rows = await query<{ same: number }>(
      `SELECT (SELECT COUNT(*) FROM signing_keys WHERE name = 'CURSOR') + (SELECT COUNT(*) FROM signing_keys WHERE name = 'cürsor') AS same`,
    );
    expect(rows).toEqual([{ same: 0 }]);
  });

  it('has its own random key for cursors', async () => {
    const [row] = await query<{ secret: string }>('SELECT secret FROM signing_keys');
    expect(row?.secret).toMatch(/^[0-9a-f]{64}$/);
  });

  if (name === 'MySQL') {
    it('states charset and collation for every text column', async () => {
      const columns = await query<{ charset: string; collation: string }>(
        `SELECT DISTINCT character_set_name AS charset, collation_name AS collation
         FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name IN ('products', 'producers', 'signing_keys') AND character_set_name IS NOT NULL`,
      );
      expect(columns).toEqual([{ charset: 'utf8mb4', collation: 'utf8mb4_bin' }]);
    });
  }
});
