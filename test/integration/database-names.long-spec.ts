import { hasPendingMigrations, migrate, revertLastMigration } from '@platform/database';
import request from 'supertest';
import { aProduct, startCatalogue } from '../support/catalogue';
import { openMysql, queryAt } from '../support/databases';

const LONGEST = 64;
const url = () => new URL(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '');

describe('database name', () => {
  it.each([
    ['a dot', 'farm.lokal.test'],
    ['a dash, a space and a quote', "farm-lokal test's"],
    ['a backtick', 'farm`lokal'],
    ['capital letters', 'FarmLokalTest'],
    ['54 characters', 'n'.repeat(54)],
    ['64 characters and dots', 'long.'.padEnd(LONGEST, '.n')],
  ])('database name: with %s, the service starts, migrates, reverts and migrates again', async (_, name) => {
    const catalogue = await startCatalogue(async () => {
      const database = await openMysql(url(), name);
      if (database.config.kind === 'sqlite') throw new Error('not a server');
      // Migrations need only the connection that holds their lock.
      return { ...database, config: { ...database.config, poolSize: 1 } };
    });
    const { dataSource } = catalogue;
    try {
      expect(await hasPendingMigrations(dataSource)).toBe(false);
      expect(await migrate(dataSource)).toEqual([]);
      expect(await revertLastMigration(dataSource)).toBe(true);
      expect(await hasPendingMigrations(dataSource)).toBe(true);
      expect(await migrate(dataSource)).toHaveLength(1);
      await catalogue.given(aProduct({ name: 'Quince' }));
      const response = await request(catalogue.app.getHttpServer()).get('/products?search=quince').expect(200);
      expect(response.body).toMatchObject({ data: [{ name: 'Quince' }] });
    } finally {
      await catalogue.close();
    }
  });

  it('database name: one with a dot is not read as a database and a table', async () => {
    const other = await openMysql(url(), 'farm');
    const catalogue = await startCatalogue(() => openMysql(url(), 'farm.schema_migrations'));
    try {
      expect(await queryAt(url(), 'SHOW TABLES FROM farm')).toEqual([]);
    } finally {
      await catalogue.close();
      await other.drop();
    }
  });
});

describe('migration lock', () => {
  it('migration lock: without it, migrating and reverting fail; with it they succeed', async () => {
    const catalogue = await startCatalogue(() => openMysql(url(), 'farmlokal_lock'));
    const { dataSource } = catalogue;
    const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
    const mockLock = (outcome: number | null) => {
      dataSource.createQueryRunner = (mode) => {
        const runner = createQueryRunner(mode);
        const query: typeof runner.query = runner.query.bind(runner);
        runner.query = ((text: string, ...rest: never[]) =>
          text.includes('GET_LOCK') ? Promise.resolve([{ outcome }]) : query(text, ...rest)) as typeof runner.query;
        return runner;
      };
    };
    try {
      mockLock(0);
      await expect(migrate(dataSource)).rejects.toThrow('another process has held the lock for migrations for 600 s');
      mockLock(null);
      await expect(revertLastMigration(dataSource)).rejects.toThrow(
        'the server could not acquire the lock for migrations',
      );
      dataSource.createQueryRunner = createQueryRunner;
      expect(await migrate(dataSource)).toEqual([]);
    } finally {
      await catalogue.close();
    }
  });
});
