/** Product changes arrive in any order, and the newest version wins (S13, in every order). */
import { joinTransaction, ProductChanges, type ChangeGroup, type ProductChange } from '@catalogue';
import { runInTransaction } from '@platform/database';
import fc from 'fast-check';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

/** A change of the product with this id. */
type Change = (externalId: string) => ProductChange;
type Version = number | undefined;

const put =
  (version: Version, priceMinor: number, stock: number, hasStock = true): Change =>
  (externalId) => ({
    kind: 'put',
    externalId,
    version,
    data: { draft: aProduct({ externalId, priceMinor, stock }), hasStock },
  });
const setStock =
  (version: Version, stock: number): Change =>
  (externalId) => ({ kind: 'stock', externalId, version, stock });
const remove =
  (version: Version): Change =>
  (externalId) => ({ kind: 'remove', externalId, version });

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe.each(databases)('product changes on %s', (_, createDatabase) => {
  let catalogue: TestCatalogue;
  let changes: ProductChanges;
  let used = 0;
  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    changes = catalogue.app.get(ProductChanges, { strict: false });
  });
  afterAll(() => catalogue.close());

  const newId = () => `product-${(used += 1)}`;
  const applyGroups = (...groups: readonly ChangeGroup[]) =>
    runInTransaction(catalogue.dataSource, (manager) => changes.applyGroups(joinTransaction(manager), groups));
  const apply = async (id: string, change: Change) => {
    const [outcome] = await applyGroups([change(id)]);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const countsOf = (...all: readonly ProductChange[]) =>
    runInTransaction(catalogue.dataSource, (manager) => changes.apply(joinTransaction(manager), all));
  const stored = async (id: string) => {
    const rows = await catalogue.dataSource.query<{ priceMinor: number; stock: number }[]>(
      `SELECT price_minor AS priceMinor, stock FROM products WHERE external_id = '${id}'`,
    );
    return rows[0];
  };
  const createdAtMsOf = async (id: string) => {
    const [row] = await catalogue.dataSource.query<{ createdAtMs: number }[]>(
      `SELECT created_at_ms AS createdAtMs FROM products WHERE external_id = '${id}'`,
    );
    return row?.createdAtMs;
  };

  /** Applies changes in order and retries those that cannot be applied yet, as the worker does. */
  async function applyAll(id: string, inOrder: readonly Change[]): Promise<void> {
    const waiting = [...inOrder];
    for (let rounds = 0; waiting.length > 0 && rounds < 5; rounds++)
      for (const change of waiting.splice(0)) await apply(id, change).catch(() => waiting.push(change));
    expect(waiting).toEqual([]);
  }

  it('batch: changes in one batch have the same effects as separate changes', async () => {
    const [kept, changed, removed, isNew, missing, late] = Array.from({ length: 6 }, newId);
    for (const id of [kept, changed, removed, late]) await apply(id!, put(5, 100, 1));
    const counts = await countsOf(
      put(6, 100, 1)(kept!),
      put(6, 200, 9, false)(changed!),
      remove(6)(removed!),
      put(1, 300, 3)(isNew!),
      remove(1)(missing!),
      put(4, 400, 4)(late!),
    );
    expect(counts).toEqual({ changed: 2, removed: 1, unchanged: 2, outdated: 1 });
    expect(await stored(changed!)).toEqual({ priceMinor: 200, stock: 1 });
    expect(await stored(removed!)).toBeUndefined();
    expect(await stored(isNew!)).toEqual({ priceMinor: 300, stock: 3 });
    expect(await stored(late!)).toEqual({ priceMinor: 100, stock: 1 });
    expect(await apply(missing!, put(1, 100, 1))).toBe('outdated');
    expect(await apply(changed!, setStock(6, 7))).toBe('applied'); // the earlier change of version 6 contained no stock
  });

  it('batch: the newer of two versions of one product wins, in both orders', async () => {
    for (const versions of [
      [5, 3],
      [3, 5],
    ]) {
      const externalId = newId();
      await countsOf(...versions.map((version) => put(version, version * 100, version)(externalId)));
      expect(await stored(externalId)).toEqual({ priceMinor: 500, stock: 5 });
    }
  });

  it('batch: the first data of a product sets its creation time', async () => {
    const startedAtMs = Date.now();
    const [unknown, known] = [newId(), newId()];
    const putCreated = (externalId: string, createdAtMs?: number): ProductChange => {
      const draft = aProduct({ externalId, ...(createdAtMs !== undefined && { createdAtMs }) });
      return { kind: 'put', externalId, version: undefined, data: { draft, hasStock: true } };
    };
    await countsOf(putCreated(unknown), putCreated(unknown, 1_000), putCreated(known, 1_000), putCreated(known, 2_000));
    expect(await createdAtMsOf(known)).toBe(1_000);
    expect(await createdAtMsOf(unknown)).toBeGreaterThanOrEqual(startedAtMs);
  });

  it.each(ordersOf([1, 2, 3]).map((order) => [order]))(
    'version order: of versions %j, version 3 wins',
    async (order) => {
      const id = newId();
      const outcomes = [];
      for (const version of order) outcomes.push(await apply(id, put(version, version * 100, version)));
      expect(await stored(id)).toEqual({ priceMinor: 300, stock: 3 });
      const newest = order.map((version, at) => version > Math.max(0, ...order.slice(0, at)));
      expect(outcomes).toEqual(newest.map((isNewest) => (isNewest ? 'applied' : 'outdated')));
    },
  );

  it.each(ordersOf([put(1, 100, 10), setStock(2, 7), put(3, 300, 5), setStock(4, 4)]).map((order, at) => [at, order]))(
    'version order: product and stock each have their newest version, in order %d',
    async (__, order) => {
      const id = newId();
      await applyAll(id, order);
      expect(await stored(id)).toEqual({ priceMinor: 300, stock: 4 });
    },
  );

  it.each(ordersOf([put(1, 100, 10), setStock(5, 7), put(3, 300, 5)]).map((order, at) => [at, order]))(
    'version order: a stock newer than the product is not overwritten, in order %d',
    async (__, order) => {
      const id = newId();
      await applyAll(id, order);
      expect(await stored(id)).toEqual({ priceMinor: 300, stock: 7 });
    },
  );

  it.each(ordersOf([put(1, 100, 10), put(2, 200, 9), remove(3)]).map((order, at) => [at, order]))(
    'tombstone: older changes do not restore a removed product, in order %d',
    async (__, order) => {
      const id = newId();
      await applyAll(id, order);
      expect(await stored(id)).toBeUndefined();
      expect(await apply(id, setStock(2, 8))).toBe('outdated');
      await apply(id, put(4, 400, 1));
      expect(await stored(id)).toEqual({ priceMinor: 400, stock: 1 });
    },
  );

  it('no version: a change without a version counts as the newest', async () => {
    const id = newId();
    await apply(id, put(7, 700, 7));
    await apply(id, put(undefined, 800, 8));
    await apply(id, setStock(undefined, 9));
    expect(await stored(id)).toEqual({ priceMinor: 800, stock: 9 });
    expect(await apply(id, put(7, 700, 7))).toBe('outdated');
    expect(await countsOf(remove(undefined)(id))).toMatchObject({ removed: 1, unchanged: 0 });
    expect(await countsOf(remove(undefined)(id))).toMatchObject({ removed: 0, unchanged: 1 });
  });

  it('no stock: a change without a stock preserves the stored stock', async () => {
    const id = newId();
    await apply(id, put(1, 100, 10));
    await apply(id, put(5, 500, 0, false));
    expect(await stored(id)).toEqual({ priceMinor: 500, stock: 10 });
    await apply(id, setStock(2, 8));
    expect(await stored(id)).toEqual({ priceMinor: 500, stock: 8 });
  });

  it('producer: a change of the producer alone counts as a change', async () => {
    const id = newId();
    const at = (latitude: number): ProductChange => {
      const producer = { name: 'Mover', place: 'Nashik', latitude, longitude: 73 };
      const data = { draft: aProduct({ externalId: id, producer }), hasStock: true };
      return { kind: 'put', externalId: id, version: undefined, data };
    };
    expect(await countsOf(at(19))).toMatchObject({ changed: 1 });
    const positionOf = () =>
      catalogue.dataSource.query<{ latitude: number }[]>(`SELECT latitude FROM producers WHERE name = 'Mover'`);
    expect(await countsOf(at(19))).toMatchObject({ changed: 0, unchanged: 1 });
    await countsOf(at(20));
    expect(await positionOf()).toEqual([{ latitude: 20 }]);
  });

  it('no effect: a change without effect is counted as unchanged', async () => {
    const id = newId();
    await apply(id, put(1, 100, 10));
    expect(await countsOf(put(2, 100, 10)(id))).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await apply(id, setStock(3, 10))).toBe('applied');
    await expect(apply(newId(), setStock(1, 10))).rejects.toThrow('does not exist');
  });

  const randomChange = fc.oneof(
    fc.tuple(fc.constant(put), fc.option(fc.nat(5), { nil: undefined }), fc.nat(3), fc.nat(2), fc.boolean()),
    fc.tuple(fc.constant(setStock), fc.option(fc.nat(5), { nil: undefined }), fc.nat(3)),
    fc.tuple(fc.constant(remove), fc.option(fc.nat(5), { nil: undefined })),
  );
  const randomGroups = fc.array(
    fc.array(fc.record({ product: fc.nat(2), change: randomChange }), { minLength: 1, maxLength: 3 }),
    { minLength: 1, maxLength: 8 },
  );

  it('batch: groups in one transaction have the same effects and outcomes as one after another', async () => {
    await fc.assert(
      fc.asyncProperty(randomGroups, async (groups) => {
        const [together, apart] = [0, 1].map(() => [newId(), newId(), newId()]);
        const groupsOf = (ids: string[]) =>
          groups.map((group) =>
            group.map(({ product, change: [make, ...values] }) =>
              (make as (...given: unknown[]) => Change)(...values)(ids[product]!),
            ),
          );
        const stateOf = async (ids: string[]) => [
          await Promise.all(ids.map(stored)),
          await Promise.all(
            ids.map((id) =>
              catalogue.dataSource.query(`SELECT product, stock FROM product_versions WHERE external_id = '${id}'`),
            ),
          ),
        ];
        const kindOf = (outcome: unknown) => (outcome instanceof Error ? 'missing' : outcome);
        const separate = [];
        for (const group of groupsOf(apart!)) separate.push(...(await applyGroups(group)).map(kindOf));
        expect((await applyGroups(...groupsOf(together!))).map(kindOf)).toEqual(separate);
        // A lock leaves a row without versions, which equals no row.
        const withoutEmpty = (state: unknown) => JSON.stringify(state).replaceAll('[{"product":-1,"stock":-1}]', '[]');
        expect(withoutEmpty(await stateOf(together!))).toEqual(withoutEmpty(await stateOf(apart!)));
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('concurrent changes: of 20 concurrent changes, the newest of product and stock win', async () => {
    const id = newId();
    const all = Array.from({ length: 20 }, (__, at) => (at % 2 ? put(at, at * 100, at) : setStock(at, at)));
    await apply(id, put(undefined, 1, 1));
    await Promise.all(all.map((change) => apply(id, change)));
    expect(await stored(id)).toEqual({ priceMinor: 1_900, stock: 19 });
  });
});
