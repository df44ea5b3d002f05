import { DemoCatalogueService } from '@catalogue';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

describe.each(databases)('demo catalogue on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
  });
  beforeEach(() => catalogue.clear());
  afterAll(() => catalogue.close());

  const fill = (
    rows: number,
    interruption = new AbortController(),
    onProgress: (rows: number) => void = () => undefined,
  ) =>
    catalogue.app.get(DemoCatalogueService, { strict: false }).fill({ rows, signal: interruption.signal, onProgress });
  const everything = (): Promise<unknown[]> =>
    catalogue.dataSource.query(
      'SELECT p.external_id, p.search_text, f.name FROM products AS p JOIN producers AS f ON f.id = p.producer_id ORDER BY p.id',
    );

  it('idempotent fill: only missing products are added, and several steps give the same result as one', async () => {
    expect(await fill(1_500)).toBe(1_500);
    expect(await fill(2_100)).toBe(600);
    expect(await fill(2_000)).toBe(0);
    const inSteps = await everything();
    await catalogue.clear();
    await fill(2_100);
    expect(await everything()).toEqual(inSteps);
  });

  it('interruption: whole batches are kept, and the next run adds the rest', async () => {
    const interruption = new AbortController();
    expect(await fill(40_000, interruption, () => interruption.abort())).toBe(32_767);
    expect(await everything()).toHaveLength(32_767);
    expect(await fill(32_867)).toBe(100);
  });
});
