/** Product changes arrive in any order, and the newest version wins (S13, in every order). */
import { joinTransaction, ProductChanges } from '@catalogue';
import { runInTransaction } from '@platform/database';
import type { ChangeOutcome } from '@testing/catalogue';
import type { EntityManager } from 'typeorm';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';

type Change = (changes: ProductChanges, manager: EntityManager, id: string) => Promise<ChangeOutcome>;

const put =
  (version: number | undefined, priceMinor: number, stock: number): Change =>
  (changes, manager, externalId) =>
    changes.put(
      joinTransaction(manager),
      { draft: aProduct({ externalId, priceMinor, stock }), hasStock: true },
      version,
    );
const setStock =
  (version: number | undefined, stock: number): Change =>
  (changes, manager, id) =>
    changes.setStock(joinTransaction(manager), id, stock, version);
const remove =
  (version: number | undefined): Change =>
  (changes, manager, id) =>
    changes.remove(joinTransaction(manager), id, version);

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
  const apply = (id: string, change: Change) =>
    runInTransaction(catalogue.dataSource, (manager) => change(changes, manager, id));
  const stored = async (id: string) => {
    const rows = await catalogue.dataSource.query<{ priceMinor: number; stock: number }[]>(
      `SELECT price_minor AS priceMinor, stock FROM products WHERE external_id = '${id}'`,
    );
    return rows[0];
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
    const data = (externalId: string, priceMinor: number, stock: number, hasStock = true) => ({
      draft: aProduct({ externalId, priceMinor, stock }),
      hasStock,
    });
    const counts = await runInTransaction(catalogue.dataSource, (manager) =>
      changes.apply(joinTransaction(manager), [
        { externalId: kept!, version: 6, data: data(kept!, 100, 1) },
        { externalId: changed!, version: 6, data: data(changed!, 200, 9, false) },
        { externalId: removed!, version: 6, data: undefined },
        { externalId: isNew!, version: 1, data: data(isNew!, 300, 3) },
        { externalId: missing!, version: 1, data: undefined },
        { externalId: late!, version: 4, data: data(late!, 400, 4) },
      ]),
    );
    expect(counts).toEqual({ changed: 2, removed: 1, unchanged: 2, outdated: 1, isVisible: true });
    expect(await stored(changed!)).toEqual({ priceMinor: 200, stock: 1 });
    expect(await stored(removed!)).toBeUndefined();
    expect(await stored(isNew!)).toEqual({ priceMinor: 300, stock: 3 });
    expect(await stored(late!)).toEqual({ priceMinor: 100, stock: 1 });
    expect(await apply(missing!, put(1, 100, 1))).toBe('outdated');
    expect(await apply(changed!, setStock(6, 7))).toBe('changed'); // the earlier change of version 6 contained no stock
  });

  it('batch: the newer of two versions of one product wins, in both orders', async () => {
    for (const versions of [
      [5, 3],
      [3, 5],
    ]) {
      const externalId = newId();
      await runInTransaction(catalogue.dataSource, (manager) =>
        changes.apply(
          joinTransaction(manager),
          versions.map((version) => ({
            externalId,
            version,
            data: { draft: aProduct({ externalId, priceMinor: version * 100, stock: version }), hasStock: true },
          })),
        ),
      );
      expect(await stored(externalId)).toEqual({ priceMinor: 500, stock: 5 });
    }
  });

  it.each(ordersOf([1, 2, 3]).map((order) => [order]))(
    'version order: of versions %j, version 3 wins',
    async (order) => {
      const id = newId();
      const outcomes = [];
      for (const version of order) outcomes.push(await apply(id, put(version, version * 100, version)));
      expect(await stored(id)).toEqual({ priceMinor: 300, stock: 3 });
      const newest = order.map((version, at) => version > Math.max(0, ...order.slice(0, at)));
      expect(outcomes).toEqual(newest.map((isNewest) => (isNewest ? 'changed' : 'outdated')));
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
    expect(await apply(id, remove(undefined))).toBe('changed');
    expect(await apply(id, remove(undefined))).toBe('unchanged');
  });

  it('no stock: a change without a stock preserves the stored stock', async () => {
    const id = newId();
    const silent: Change = (all, manager, externalId) =>
      all.put(
        joinTransaction(manager),
        { draft: aProduct({ externalId, priceMinor: 500, stock: 0 }), hasStock: false },
        5,
      );
    await apply(id, put(1, 100, 10));
    await apply(id, silent);
    expect(await stored(id)).toEqual({ priceMinor: 500, stock: 10 });
    await apply(id, setStock(2, 8));
    expect(await stored(id)).toEqual({ priceMinor: 500, stock: 8 });
  });

  it('producer: a change of the producer alone counts as a change', async () => {
    const id = newId();
    const at =
      (latitude: number): Change =>
      (all, manager, externalId) => {
        const producer = { name: 'Mover', place: 'Nashik', latitude, longitude: 73 };
        return all.put(
          joinTransaction(manager),
          { draft: aProduct({ externalId, producer }), hasStock: true },
          undefined,
        );
      };
    expect(await apply(id, at(19))).toBe('changed');
    expect(await apply(id, at(19))).toBe('unchanged');
    expect(await apply(id, at(20))).toBe('changed');
  });

  it('no effect: a change without effect is reported as unchanged', async () => {
    const id = newId();
    await apply(id, put(1, 100, 10));
    expect(await apply(id, put(2, 100, 10))).toBe('unchanged');
    expect(await apply(id, setStock(3, 10))).toBe('unchanged');
    await expect(apply(newId(), setStock(1, 10))).rejects.toThrow('does not exist');
  });

  it('concurrent changes: of 20 concurrent changes, the newest of product and stock win', async () => {
    const id = newId();
    const all = Array.from({ length: 20 }, (__, at) => (at % 2 ? put(at, at * 100, at) : setStock(at, at)));
    await apply(id, put(undefined, 1, 1));
    await Promise.all(all.map((change) => apply(id, change)));
    expect(await stored(id)).toEqual({ priceMinor: 1_900, stock: 19 });
  });
});
