import { joinTransaction, ProductWriteRepository } from '@catalogue';
import { isWriteConflict, runInTransaction } from '@platform/database';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

const NOW_MS = Date.UTC(2026, 10, 1);

describe.each(databases)('product upsert on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let writer: ProductWriteRepository;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    writer = catalogue.app.get(ProductWriteRepository, { strict: false });
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  const upsert = (...drafts: ReturnType<typeof aProduct>[]) =>
    catalogue.dataSource.transaction((manager) => writer.upsert(joinTransaction(manager), drafts, NOW_MS));
  const rows = (): Promise<Record<string, unknown>[]> =>
    catalogue.dataSource.query('SELECT * FROM products ORDER BY id');

  it('upsert: a product is created once, and repeating the upsert changes nothing', async () => {
    const product = aProduct({ createdAtMs: 1_000 });
    expect(await upsert(product)).toMatchObject({ created: 1, updated: 0, unchanged: 0, producers: 1 });
    const before = await rows();
    expect(await upsert(product)).toMatchObject({ created: 0, updated: 0, unchanged: 1, producers: 0 });
    expect(await rows()).toEqual(before);
  });

  it('upsert: changed fields and the update time are stored; the id and creation time are kept', async () => {
    const product = aProduct({ createdAtMs: 1_000 });
    await upsert(product);
    const [before] = await rows();
    expect(await upsert({ ...product, name: 'Cherry Tomato', priceMinor: 9_500 })).toMatchObject({ updated: 1 });
    expect(await rows()).toEqual([
      {
        ...before,
        name: 'Cherry Tomato',
        price_minor: 9_500,
        name_text: ' cherry tomato ',
        search_text: ' cherry tomato picked this morning ',
        updated_at_ms: NOW_MS,
      },
    ]);
  });

  it('upsert: the last of several drafts with one id wins', async () => {
    const product = aProduct();
    await upsert(product, { ...product, stock: 1 }, { ...product, stock: 2 });
    expect(await rows()).toMatchObject([{ stock: 2 }]);
  });

  it('collation: ids that differ only in case, accent or script are different', async () => {
    const ids = ['A', 'a', 'á', 'à', 'ａ'];
    expect(await upsert(...ids.map((externalId) => aProduct({ externalId })))).toMatchObject({ created: ids.length });
    expect((await rows()).map((row) => row['external_id'])).toEqual(ids);
  });

  it('utf8mb4: every character of a text is preserved', async () => {
    const name = '🍅 Tomato ™ हापुस आम \\ \' " % _';
    await upsert(aProduct({ name }));
    expect(await rows()).toMatchObject([{ name }]);
  });

  it('producer position: a known position is kept if a later product has none', async () => {
    const producer = { name: 'Gokul Dairy', place: 'Anand', latitude: 22.5, longitude: 72.9 };
    await upsert(aProduct({ producer }));
    await upsert(aProduct({ producer: { ...producer, latitude: null, longitude: null } }));
    expect(await catalogue.dataSource.query('SELECT latitude, longitude FROM producers')).toEqual([
      { latitude: 22.5, longitude: 72.9 },
    ]);
  });

  it('write conflict: concurrent upserts of a product leave one entry of it in the search index', async () => {
    const names = ['Quince', 'Medlar', 'Sloe', 'Damson', 'Bullace'];
    const from = (name: string) => ({ producer: { ...aProduct().producer, name } });
    // With existing producers, and enough products for lookups by index, no other rows are locked.
    await upsert(...names.flatMap((name) => Array.from({ length: 200 }, () => aProduct(from(name)))));
    const bring = async (externalId: string, name: string): Promise<void> => {
      const draft = aProduct({ externalId, name, ...from(name) });
      try {
        await runInTransaction(catalogue.dataSource, (manager) =>
          writer.upsert(joinTransaction(manager), [draft], NOW_MS),
        );
      } catch (error) {
        if (!isWriteConflict(error)) throw error;
        await bring(externalId, name);
      }
    };
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(ids.flatMap((id) => names.map((name) => bring(id, name))));
    const keys = names.map((name) => `'name:${name.toLowerCase()}'`).join(', ');
    const [indexed] = await catalogue.dataSource.query<{ products: number }[]>(
      `SELECT SUM(size) AS products FROM search_index WHERE entry_key IN (${keys})`,
    );
    expect(Number(indexed?.products)).toBe(ids.length);
  });

  it('rollback: a transaction that fails stores nothing', async () => {
    const failing = catalogue.dataSource.transaction(async (manager) => {
      await writer.upsert(joinTransaction(manager), [aProduct()], NOW_MS);
      throw new Error('the transaction fails');
    });
    await expect(failing).rejects.toThrow('the transaction fails');
    expect(await rows()).toEqual([]);
    expect(await catalogue.dataSource.query('SELECT id FROM producers')).toEqual([]);
  });

  it('CHECK constraint: a negative price or stock is not stored', async () => {
    await expect(upsert(aProduct({ priceMinor: -1 }))).rejects.toThrow();
    await expect(upsert(aProduct({ stock: -1 }))).rejects.toThrow();
  });
});
