/** Each connection of the service sets its session variables, so that global variables of the server have no effect. */
import { bulkInsert, migrate, revertLastMigration, WriteDatabase } from '@platform/database';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import request from 'supertest';
import { aProduct } from '../support/catalogue';
import { openMysql } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';
import { applyHostileSettings } from '../support/servers/hostile-mysql';
import { startPrivateMysql, type PrivateMysql } from '../support/servers/private-mysql';

/** Under NO_BACKSLASH_ESCAPES, an escaped quote ends the string, and the rest is SQL. */
const INJECTION = `\\', (SELECT secret FROM signing_keys LIMIT 1), 'x', 1, 'INR', 'kg', 1, 1, 1, 1, 'x', 'x') -- `;
const TEXTS = [
  INJECTION,
  `O'Brien's "best" \\ \`apples\``,
  '\\',
  "'",
  '"; DROP TABLE products; --',
  '🍅 हापुस \u0000 \n',
];

describe('MySQL with hostile global settings', () => {
  let mysql: PrivateMysql;
  let inbox: TestInbox;

  beforeAll(async () => {
    mysql = await startPrivateMysql(['--skip-character-set-client-handshake']);
    const database = await openMysql(mysql.url, 'hostile');
    await applyHostileSettings(mysql.url, {
      completion_type: `'CHAIN'`,
      sql_select_limit: '1',
      sql_auto_is_null: '1',
      max_sort_length: '64',
      sql_big_selects: '0',
      max_join_size: '1',
      foreign_key_checks: '0',
      unique_checks: '0',
      tx_isolation: `'READ-UNCOMMITTED'`,
      tx_read_only: '1',
      local_infile: '1',
    });
    inbox = await startInbox(() => Promise.resolve({ ...database, drop: () => Promise.resolve() }));
  });
  afterAll(async () => {
    await inbox.close();
    await mysql.remove();
  });

  const list = async (query: string) => {
    const response = await request(inbox.app.getHttpServer()).get(`/products?${query}`).expect(200);
    return (response.body as { data: { name: string }[] }).data.map(({ name }) => name);
  };

  it('test server: its global settings differ from those of the service', async () => {
    const connection = await createConnection(mysql.url.href);
    const [rows] = await connection.query<RowDataPacket[]>('SELECT @@autocommit + 0 AS a, @@sql_mode AS m');
    await connection.end();
    expect(rows[0]).toMatchObject({ a: 0 });
    expect(String(rows[0]?.['m'])).toContain('NO_BACKSLASH_ESCAPES');
  });

  it('migration: all migrations are reverted and run again', async () => {
    const { dataSource } = inbox;
    const count = dataSource.migrations.length;
    for (let i = 0; i < count; i++) expect(await revertLastMigration(dataSource)).toBe(true);
    expect(await migrate(dataSource)).toHaveLength(count);
  });

  it('SQL injection: every text of a product is stored byte for byte, and none of it is executed', async () => {
    await inbox.clear();
    const products = TEXTS.map((text, n) => aProduct({ externalId: `text-${n}`, name: text, description: text }));
    await inbox.given(...products);
    await inbox.given(...products.map((product) => ({ ...product, priceMinor: 1 })));
    const stored = await inbox.dataSource.query<unknown[]>(
      'SELECT name, description, price_minor AS priceMinor FROM products ORDER BY id',
    );
    expect(stored).toEqual(TEXTS.map((text) => ({ name: text, description: text, priceMinor: 1 })));
    expect(await list('search=apples')).toEqual([TEXTS[1]]);
  });

  it('webhook inbox: a payload is stored byte for byte and applied; a duplicate gets 200, a conflict 422', async () => {
    for (const [n, text] of TEXTS.entries()) {
      const body = { event: 'test.nothing', text };
      await inbox.send(`evt-${n}`, body).expect(202);
      expect(await inbox.until(`evt-${n}`, 'DONE')).toMatchObject({ payload: JSON.stringify(body) });
      await inbox.send(`evt-${n}`, body).expect(200);
      await inbox.send(`evt-${n}`, { ...body, n }).expect(422);
    }
  });

  it('webhook inbox: a payload of almost maximum size that consists of quotes is applied', async () => {
    const body = JSON.stringify({ event: 'test.nothing', text: "'".repeat(256 * 1_024 - 40) });
    await inbox.send('evt-long', body).expect(202);
    expect(await inbox.until('evt-long', 'DONE')).toMatchObject({ payload: body });
  });

  it('max_allowed_packet: 500 long products are stored, changed, listed and removed in 1 MiB packets', async () => {
    await inbox.clear();
    const description = "क'".repeat(1_000);
    const products = Array.from({ length: 500 }, (_, n) =>
      aProduct({ externalId: `long-${n}`, name: `Quince ${n}`, description, priceMinor: 500 - n }),
    );
    await inbox.given(...products);
    await inbox.given(...products.map((product) => ({ ...product, stock: 3 })));
    expect(await list('search=quince&sort=price&limit=3')).toEqual(['Quince 499', 'Quince 498', 'Quince 497']);
    const ids = products.map(({ externalId }) => externalId);
    expect(await inbox.remove(...ids)).toBe(500);
    expect(await list('search=quince')).toEqual([]);
  });

  it('max_sort_length: names are sorted by all of their characters', async () => {
    await inbox.clear();
    const same = 'x'.repeat(150);
    const endings = ['c', 'a', 'b'];
    await inbox.given(...endings.map((ending) => aProduct({ name: same + ending })));
    expect(await list('sort=name')).toEqual(['a', 'b', 'c'].map((ending) => same + ending));
  });

  it('LOAD DATA: 3,000 rows are loaded in packets of 1 MiB', async () => {
    await inbox.clear();
    const rows = Array.from({ length: 3_000 }, (_, n) => [`${n} ${"\\'क".repeat(60)}`, 'Nashik']);
    await inbox.dataSource.transaction((manager) =>
      bulkInsert(manager, { table: 'producers', columns: ['name', 'place'], rows }),
    );
    const stored = await inbox.dataSource.query<{ name: string }[]>('SELECT name FROM producers ORDER BY id');
    expect(stored.map(({ name }) => name)).toEqual(rows.map(([name]) => name));
  });

  it('session variables: every connection of every pool has the settings of the service', async () => {
    const settings = `SELECT @@autocommit + 0 AS autocommit, @@time_zone AS zone, @@character_set_client AS charset,
                        CONCAT(@@sql_mode) AS mode, @@tx_isolation AS isolation`;
    const expected = {
      autocommit: 1,
      zone: '+00:00',
      charset: 'utf8mb4',
      mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
      isolation: 'READ-COMMITTED',
    };
    const writes = inbox.app.get(WriteDatabase, { strict: false });
    const busy = Array.from({ length: 5 }, () => [
      inbox.dataSource.query(`SELECT SLEEP(0.1)`).then(() => inbox.dataSource.query(settings)),
      writes.run(5_000, async (manager) => {
        await manager.query('SELECT SLEEP(0.1)');
        return manager.query<unknown[]>(settings);
      }),
    ]).flat();
    for (const rows of await Promise.all(busy)) expect(rows).toEqual([expected]);
  });
});
