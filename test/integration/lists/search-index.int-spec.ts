/** The search index matches the products after every change, during a rebuild and after an interrupted rebuild. */
import {
  joinTransaction,
  ProductWriteRepository,
  ReindexService,
  SearchIndexStateRepository,
  type ProductDraft,
} from '@catalogue';
import { BLOCK_IDS } from '@engine/search';
import { runInTransaction } from '@platform/database';
import fc from 'fast-check';
import { aProduct, startCatalogue, type TestCatalogue } from '../../support/catalogue';
import { databases } from '../../support/databases';
import { runs } from '../../support/runs';

const NOW_MS = Date.UTC(2026, 10, 1);
const RUN_ON = { signal: new AbortController().signal, onProgress: () => undefined };

/** Creates products with ids in several blocks. */
async function spread(catalogue: TestCatalogue, blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block++) await catalogue.given(aProduct({ externalId: `block-${block}` }));
  const rows: { id: number }[] = await catalogue.dataSource.query('SELECT id FROM products ORDER BY id DESC');
  for (const [at, { id }] of rows.entries())
    await catalogue.dataSource.query('UPDATE products SET id = ? WHERE id = ?', [(blocks - at) * BLOCK_IDS + id, id]);
}

describe.each(databases)('search index on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let writer: ProductWriteRepository;
  let reindex: ReindexService;
  let state: SearchIndexStateRepository;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    writer = catalogue.app.get(ProductWriteRepository, { strict: false });
    reindex = catalogue.app.get(ReindexService, { strict: false });
    state = catalogue.app.get(SearchIndexStateRepository, { strict: false });
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  const entries = async (): Promise<[string, number, number, string][]> => {
    const rows: { entryKey: string; block: number; size: number; bytes: string }[] = await catalogue.dataSource.query(
      `SELECT entry_key AS entryKey, block, size, HEX(data) AS bytes FROM search_index
       WHERE size > 0 OR entry_key LIKE 'sort:%' ORDER BY entry_key, block`,
    );
    return rows.map(({ entryKey, block, size, bytes }) => [entryKey, block, size, bytes]);
  };

  const folded = (): Promise<{ category: string }[]> =>
    catalogue.dataSource.query('SELECT name_text, search_text, category FROM products ORDER BY external_id');

  /** Returns the index sets without sort codes: codes of removed products remain, and no set refers to them. */
  const sets = async () => (await entries()).filter(([key]) => !key.startsWith('sort:'));

  it('inverted index: after any changes it equals a rebuilt index', async () => {
    const few = <T>(...values: T[]) => fc.constantFrom(...values);
    const change = fc.record({
      externalId: few('a', 'b', 'c', 'd'),
      isRemoved: fc.boolean(),
      name: few('Tomato', 'Tomatillo', 'आम', 'ß'),
      description: few('', 'fresh tomato', 'a kg'),
      category: few('fruits', 'dairy'),
      priceMinor: few(100, 200),
      stock: few(0, 3),
      createdAtMs: few(0, 5_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 4 }), async (batches) => {
        await catalogue.clear();
        for (const batch of batches) {
          const drafts: ProductDraft[] = batch.filter(({ isRemoved }) => !isRemoved).map((draft) => aProduct(draft));
          const removed = batch.filter(({ isRemoved }) => isRemoved).map(({ externalId }) => externalId);
          await runInTransaction(catalogue.dataSource, async (manager) => {
            await writer.upsert(joinTransaction(manager), drafts, NOW_MS);
            await writer.remove(joinTransaction(manager), removed, NOW_MS);
          });
        }
        const kept = await sets();
        await reindex.run(RUN_ON);
        expect(kept).toEqual(await sets());
      }),
      runs(60),
    );
  });

  it('sort codes: after a change they equal those of a rebuilt index', async () => {
    const product = aProduct({ externalId: 'a', createdAtMs: 5_000 });
    await catalogue.given(product, aProduct({ externalId: 'b' }));
    await catalogue.given({ ...product, name: 'Apple', priceMinor: 1 });
    const kept = await entries();
    await reindex.run(RUN_ON);
    expect(kept).toEqual(await entries());
  });

  it('rebuild: products that an older build folded get the words and categories of this build', async () => {
    await catalogue.given(aProduct({ externalId: 'a', name: 'Süßes गेहूँ' }), aProduct({ externalId: 'b' }));
    const before = await folded();
    const kept = await entries();
    await catalogue.dataSource.query(
      "UPDATE products SET name_text = ' süßes ', search_text = ' süßes ', category = 'sußes' WHERE external_id = 'a'",
    );
    await catalogue.dataSource.query("UPDATE products SET category = ? WHERE external_id = 'b'", ['œ'.repeat(64)]);
    await reindex.run(RUN_ON);
    const categories = ['susses', 'oe'.repeat(32)];
    expect(await folded()).toEqual(before.map((row, at) => ({ ...row, category: categories[at] })));
    await catalogue.dataSource.query("UPDATE products SET category = 'vegetables'");
    await reindex.run(RUN_ON);
    expect(await entries()).toEqual(kept);
  });

  it('unindexed fields: a change of stock quantity or unit does not change the index', async () => {
    const product = aProduct();
    await catalogue.given(product);
    const before = await entries();
    await catalogue.given({ ...product, stock: 7, unit: 'box' });
    expect(await entries()).toEqual(before);
  });

  it('atomicity: the index is not changed if the transaction of the product fails', async () => {
    const before = await entries();
    await expect(
      runInTransaction(catalogue.dataSource, async (manager) => {
        await writer.upsert(joinTransaction(manager), [aProduct()], NOW_MS);
        throw new Error('something else failed');
      }),
    ).rejects.toThrow('something else failed');
    expect(await entries()).toEqual(before);
  });

  it('rebuild: it proceeds block by block and resumes after an interruption', async () => {
    await spread(catalogue, 3);
    const interruption = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      interruption.abort();
    };
    expect(await reindex.run({ signal: interruption.signal, onProgress })).toBe(false);
    expect(await state.nextBlock()).toBe(seen.at(-1));
    const again: number[] = [];
    expect(await reindex.run({ ...RUN_ON, onProgress: (done) => again.push(done) })).toBe(true);
    expect(again[0]).toBe((seen.at(-1) ?? NaN) + 1);
    expect(await state.nextBlock()).toBeNull();
    expect((await sets()).filter(([key]) => key === 'all').reduce((sum, [, , size]) => sum + size, 0)).toBe(3);
  });

  it('rebuild: the index is correct if products are written at the same time', async () => {
    await catalogue.given(...Array.from({ length: 50 }, (_unused, at) => aProduct({ externalId: `w${at}` })));
    const writing = (async () => {
      for (let round = 0; round < 10; round++)
        await catalogue.given(
          ...Array.from({ length: 20 }, (_unused, at) =>
            aProduct({ externalId: `w${at * 3}`, name: `Tomato ${round}`, priceMinor: round, stock: round % 2 }),
          ),
        );
    })();
    await repeat(5, () => reindex.run(RUN_ON));
    await writing;
    const kept = await sets();
    await reindex.run(RUN_ON);
    expect(kept).toEqual(await sets());
  });
});

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) await work();
}
