/** The change log: every writer appends to it, and no reader skips a change, whatever the order of commits. */
import {
  CatalogueWriter,
  ChangeFollower,
  joinTransaction,
  ProductChanges,
  ProductWriteRepository,
  ReindexService,
} from '@catalogue';
import { runInTransaction } from '@platform/database';
import { ChangeLogRetention, changeLogPolicy } from '@testing/catalogue';
import type { EntityManager } from 'typeorm';
import { chanceFrom } from '../support/chance';
import { aProduct, startCatalogue, type TestCatalogue } from '../support/catalogue';
import { databases } from '../support/databases';
import { eventually } from '../support/eventually';
import {
  externalIdsOf,
  startFollower,
  pausedAssigner,
  pausedWriter,
  recordChanges,
  writeWithPauses,
} from '../support/change-log';

const NOW_MS = Date.UTC(2026, 10, 1);

describe.each(databases)('change log on %s', (name, createDatabase) => {
  let catalogue: TestCatalogue;
  let writer: CatalogueWriter;
  let products: ProductWriteRepository;
  let follower: ChangeFollower;
  let seen: ReturnType<typeof recordChanges>;
  const policy = { ...changeLogPolicy };

  beforeAll(async () => {
    catalogue = await startCatalogue(createDatabase);
    const get = <T>(type: new (...given: never[]) => T) => catalogue.app.get(type, { strict: false });
    [writer, products, follower] = [get(CatalogueWriter), get(ProductWriteRepository), get(ChangeFollower)];
    await follower.follow();
    seen = recordChanges(follower);
  });
  afterAll(() => catalogue.close());
  beforeEach(async () => {
    await follower.follow();
    for (const list of Object.values(seen)) list.length = 0;
  });
  afterEach(() => Object.assign(changeLogPolicy, policy));

  const inTransaction = <T>(work: (manager: EntityManager) => Promise<T>) =>
    runInTransaction(catalogue.dataSource, work);

  it('writers: a new, an updated and a deleted product, and a moved producer', async () => {
    const producer = { name: 'Nomad', place: '', latitude: 10, longitude: 70 };
    await catalogue.given(aProduct({ externalId: 'a', stock: 7, producer }));
    await writer.write(inTransaction, (transaction) =>
      products.upsert(transaction, [aProduct({ externalId: 'a', stock: 7, priceMinor: 99, producer })], NOW_MS),
    );
    await writer.write(inTransaction, (transaction) =>
      products.upsert(
        transaction,
        [aProduct({ externalId: 'a', stock: 7, priceMinor: 99, producer: { ...producer, latitude: 11 } })],
        NOW_MS,
      ),
    );
    await catalogue.remove('a');
    expect(seen.changes).toMatchObject([
      { kind: 'created', externalId: 'a', after: { priceMinor: 4_250, inStock: true, nameText: ' tomato ' } },
      {
        kind: 'updated',
        externalId: 'a',
        before: { priceMinor: 4_250 },
        after: { priceMinor: 99, category: 'vegetables' },
      },
      { kind: 'producer-moved' },
      { kind: 'deleted', externalId: 'a', before: { priceMinor: 99, inStock: true } },
    ]);
    expect(seen.positions).toEqual(seen.positions.toSorted((a, b) => a - b));
  });

  it('values: a change that no filter and no sort distinguishes has none', async () => {
    await catalogue.given(aProduct({ externalId: 'b', stock: 7 }));
    seen.changes.length = 0;
    const setStock = (stock: number) =>
      writer.write(inTransaction, (transaction) =>
        catalogue.app
          .get(ProductChanges, { strict: false })
          .applyGroups(transaction, [[{ kind: 'stock', externalId: 'b', version: undefined, stock }]]),
      );
    await setStock(6);
    await setStock(0);
    await setStock(0);
    expect(seen.changes).toMatchObject([
      { kind: 'updated', externalId: 'b' },
      { kind: 'updated', externalId: 'b', before: { inStock: true }, after: { inStock: false } },
    ]);
    expect(seen.changes[0]).not.toHaveProperty('before.nameText');
  });

  it('unchanged and rolled back: neither is logged', async () => {
    await catalogue.given(aProduct({ externalId: 'c' }));
    seen.changes.length = 0;
    await catalogue.given(aProduct({ externalId: 'c' }));
    await expect(
      writer.write(inTransaction, async (transaction) => {
        await products.remove(transaction, ['c'], NOW_MS);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await follower.follow();
    expect(seen.changes).toEqual([]);
  });

  it('many products: seeding and a reindex are logged as one change of everything', async () => {
    await writer.write(inTransaction, (transaction) =>
      products.insertNew(transaction, [aProduct({ externalId: 'd' }), aProduct({ externalId: 'e' })], NOW_MS),
    );
    expect(seen.changes).toEqual([{ kind: 'everything' }]);
    const { signal } = new AbortController();
    await catalogue.app
      .get(ReindexService, { strict: false })
      .run({ isRestart: true, signal, onProgress: () => undefined });
    expect(seen.changes.at(-1)).toEqual({ kind: 'everything' });
  });

  it('late commit: a change that is committed after later ones is read once it is committed', async () => {
    const paused = pausedWriter(catalogue.app, 'late');
    await paused.appended;
    if (catalogue.dataSource.options.type === 'mysql') {
      for (const id of ['early-1', 'early-2']) await catalogue.given(aProduct({ externalId: id }));
      expect(externalIdsOf(seen.changes)).toEqual(['early-1', 'early-2']);
    }
    paused.commit();
    await paused.isCommitted;
    expect(externalIdsOf(seen.changes)).toContain('late');
  });

  it('late commits: of random writers that pause between INSERT and COMMIT, every change is read exactly once', async () => {
    const readers = setInterval(() => void follower.follow(), 3);
    const written = await Promise.all(
      [1, 2, 3, 4].map((number) => writeWithPauses(catalogue.app, `w${number}`, 8, chanceFrom(number))),
    );
    clearInterval(readers);
    await follower.follow();
    expect(externalIdsOf(seen.changes).toSorted()).toEqual(written.flat().toSorted());
    expect(written.flat().length).toBeGreaterThan(16);
    expect(seen.positions).toEqual([...new Set(seen.positions)].sort((a, b) => a - b));
  });

  it('dead writer: a change whose writer has not assigned its position is read at the next poll', async () => {
    await inTransaction((manager) =>
      products.upsert(joinTransaction(manager), [aProduct({ externalId: 'orphan' })], NOW_MS),
    );
    await eventually(
      () => Promise.resolve(externalIdsOf(seen.changes)),
      (ids) => ids.includes('orphan'),
    );
  });

  // SQLite assigns positions in the transaction of the change.
  if (name === 'MySQL')
    it('paused process: a change is read while another process, which has chosen it, is paused before it writes', async () => {
      let paused: ReturnType<typeof pausedAssigner>;
      let externalId = '';
      do {
        externalId += 'x';
        await inTransaction((manager) =>
          products.upsert(joinTransaction(manager), [aProduct({ externalId, name: 'Chosen' })], NOW_MS),
        );
        paused = pausedAssigner(catalogue.app);
      } while (await Promise.race([paused.chosen.then(() => false), paused.assigned.then(() => true)])); // a poll was first
      await follower.follow();
      expect(externalIdsOf(seen.changes)).toContain(externalId);
      paused.continue();
      await paused.assigned;
      await follower.follow();
      expect(externalIdsOf(seen.changes).filter((id) => id === externalId)).toHaveLength(1);
    });

  it('start: the first read of a process includes the change of a writer that has died before it assigned the position', async () => {
    await inTransaction((manager) =>
      products.upsert(joinTransaction(manager), [aProduct({ externalId: 'before-start' })], NOW_MS),
    );
    const started = startFollower(catalogue.app);
    await started.follow();
    const [row] = await catalogue.dataSource.query<{ position: number | null }[]>(
      `SELECT position FROM product_changes WHERE external_id = 'before-start'`,
    );
    expect(row?.position).toBeLessThanOrEqual(started.lastPosition);
    expect(started.lastPosition).toBeGreaterThan(1);
  });

  it('missing position: after a restore or a trim the follower reports that it may have missed changes', async () => {
    await catalogue.given(aProduct({ externalId: 'f' }));
    await catalogue.dataSource.query('DELETE FROM product_changes WHERE position > 1');
    await follower.follow();
    expect(seen.resets).toEqual([1]);
    await catalogue.given(aProduct({ externalId: 'g' }));
    expect(externalIdsOf(seen.changes).at(-1)).toBe('g');
  });

  it('backlog: a follower that is too far behind reports that instead of reading all changes', async () => {
    Object.assign(changeLogPolicy, { maxChangesPerRead: 5 });
    await writer.write(inTransaction, (transaction) =>
      products.upsert(
        transaction,
        Array.from({ length: 9 }, (__, at) => aProduct({ externalId: `many-${at}` })),
        NOW_MS,
      ),
    );
    expect(seen.resets).toHaveLength(1);
    expect(seen.changes).toEqual([]);
  });

  it('retention: old changes and those above the maximum number of rows are deleted, the newest position never', async () => {
    const retention = catalogue.app.get(ChangeLogRetention, { strict: false });
    for (const id of ['h', 'i', 'j']) await catalogue.given(aProduct({ externalId: id, name: `Name ${id}` }));
    const rows = () => catalogue.dataSource.query<{ id: number }[]>('SELECT id FROM product_changes ORDER BY id');
    Object.assign(changeLogPolicy, { maxRows: 2, trimRows: 2 });
    await retention.trim();
    expect(await rows()).toHaveLength(2);
    await catalogue.dataSource.query('UPDATE product_changes SET at_ms = 0');
    await retention.trim();
    expect(await rows()).toHaveLength(1);
    await follower.follow();
    expect(seen.resets).toEqual([]);
  });
});
