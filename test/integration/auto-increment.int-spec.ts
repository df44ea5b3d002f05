import { joinTransaction, ProductWriteRepository } from '@catalogue';
import { runInTransaction } from '@platform/database';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

const NOW_MS = Date.UTC(2026, 10, 1);

/** Ids must stay dense, because the search index and the producer positions grow with the highest id. */
describe.each(databases)('auto-increment ids on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let writer: ProductWriteRepository;

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    writer = catalogue.app.get(ProductWriteRepository, { strict: false });
  });
  afterAll(() => catalogue.close());

  const upsert = (...drafts: ReturnType<typeof aProduct>[]) =>
    runInTransaction(catalogue.dataSource, (manager) => writer.upsert(joinTransaction(manager), drafts, NOW_MS));
  const idsOf = async (table: 'products' | 'producers') => {
    const rows = await catalogue.dataSource.query<{ id: number }[]>(`SELECT id FROM ${table} ORDER BY id`);
    return rows.map(({ id }) => id);
  };

  it('auto-increment: price changes and moved producers consume no ids', async () => {
    const farm = (n: number, round: number) => ({
      name: `Farm ${n}`,
      place: 'Nashik',
      latitude: 20 + round / 100,
      longitude: 73,
    });
    const products = Array.from({ length: 20 }, (__, n) => aProduct({ externalId: `kept-${n}` }));
    const inRound = (round: number) =>
      products.map((product, n) => ({ ...product, priceMinor: 100 + round, producer: farm(n % 5, round) }));
    await upsert(...inRound(0));
    for (let round = 1; round <= 30; round++) {
      expect(await upsert(...inRound(round))).toMatchObject({ created: 0, updated: 20, producers: 5 });
    }
    await upsert(aProduct({ producer: farm(5, 0) }));
    const first = (await idsOf('products'))[0] ?? 0;
    expect(await idsOf('products')).toEqual(Array.from({ length: 21 }, (__, n) => first + n));
    const firstProducer = (await idsOf('producers'))[0] ?? 0;
    expect(await idsOf('producers')).toEqual(Array.from({ length: 6 }, (__, n) => firstProducer + n));
  });

  it('auto-increment: known products of a batch with new ones keep their ids, and no id is skipped', async () => {
    const known = aProduct();
    await upsert(known);
    const before = await idsOf('products');
    await upsert({ ...known, priceMinor: 1 }, aProduct(), { ...known, priceMinor: 2 }, aProduct());
    const last = before.at(-1) ?? 0;
    expect(await idsOf('products')).toEqual([...before, last + 1, last + 2]);
  });
});
