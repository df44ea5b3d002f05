import { PartnerErrors } from '@integrations/partner';
import { Logger } from '@nestjs/common';
import { advance, useVirtualTime } from '@testing/resilience';
import type { SyncRequest } from './sync.service';
import { aRequest, FakeSync } from './testing';

const NOTHING = { read: 0, changed: 0, removed: 0, unchanged: 0, outdated: 0, rejected: 0 };

describe('partner sync: pages', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('cursor: pages are read to the last one, each from the end of the page before', async () => {
    const { scene, run } = setUp();
    const summary = await run();
    expect(summary).toEqual({ ...NOTHING, read: 250, changed: 250 });
    expect(cursors(scene)).toEqual([undefined, '100', '200']);
    expect([scene.database.stored.size, scene.database.nextCursor]).toEqual([250, '250']);
  });

  it('cursor: the next run begins at the end of the last one', async () => {
    const { scene, run } = setUp();
    await run();
    scene.partner.products = 260;
    expect(await run()).toEqual({ ...NOTHING, read: 10, changed: 10 });
    expect(await run()).toEqual(NOTHING);
    expect(cursors(scene).slice(3)).toEqual(['250', '260']);
  });

  it('since: a run from a given time leaves the stored position as it is', async () => {
    const { scene, run } = setUp();
    await run();
    expect(await run({ sinceMs: 1_000 })).toEqual({ ...NOTHING, read: 250, unchanged: 250 });
    expect(scene.partner.requests[3]).toMatchObject({ cursor: undefined, sinceMs: 1_000 });
    expect(scene.database.nextCursor).toBe('250');
    scene.partner.products = 260;
    expect(await run({ sinceMs: 1_000 })).toMatchObject({ changed: 10 });
    expect(scene.database.nextCursor).toBe('250');
  });

  it('cursor unknown: the run restarts once from the beginning', async () => {
    const { scene, run } = setUp();
    await run();
    scene.partner.unknownCursors.add('250');
    scene.partner.products = 240;
    expect(await run()).toEqual({ ...NOTHING, read: 240, unchanged: 240 });
    expect(cursors(scene).slice(3)).toEqual(['250', undefined, '100', '200']);
  });

  it('cursor unknown: after the first page, it fails the run', async () => {
    const { scene, run } = setUp();
    scene.partner.unknownCursors.add('100');
    await expect(run()).rejects.toMatchObject(errorWithCode(PartnerErrors.PARTNER_CURSOR_UNKNOWN));
    expect(cursors(scene)).toEqual([undefined, '100']);
  });

  it('cursor unknown: a partner that also rejects the beginning fails the run', async () => {
    const { scene, run } = setUp();
    await run();
    scene.partner.unknownCursors.add('250').add('0');
    await expect(run()).rejects.toMatchObject(errorWithCode(PartnerErrors.PARTNER_CURSOR_UNKNOWN));
    expect(cursors(scene).slice(3)).toEqual(['250', undefined]);
  });

  it('too large: the page size is halved until the page can be read, for the rest of the run', async () => {
    const { scene, run } = setUp();
    scene.partner.maxPageSize = 30;
    scene.partner.products = 60;
    expect(await run()).toMatchObject({ read: 60 });
    expect(scene.partner.requests.map(({ limit }) => limit)).toEqual([100, 50, 25, 25, 25]);
  });

  it('too large: a single product that is too large fails the run', async () => {
    const { scene, run } = setUp();
    scene.partner.maxPageSize = 0;
    await expect(run()).rejects.toMatchObject(errorWithCode(PartnerErrors.PARTNER_ANSWER_TOO_LARGE));
    expect(scene.partner.requests.at(-1)).toMatchObject({ limit: 1 });
  });

  it('endless pages: a repeated cursor fails the run', async () => {
    const { scene, run } = setUp();
    scene.partner.isEndless = true;
    await expect(run()).rejects.toThrow('a page cursor is repeated');
    expect(scene.partner.requests).toHaveLength(2);
  });

  it('transaction: products of a page are stored only with the position', async () => {
    const { scene, run } = setUp();
    scene.database.failures.advance = new Error('connection lost');
    await expect(run()).rejects.toThrow('connection lost');
    expect([scene.database.stored.size, scene.database.nextCursor]).toEqual([0, null]);
  });

  it('rejected: an invalid product is reported and counted, and the others are stored', async () => {
    const { scene, run } = setUp();
    scene.partner.invalid.add(7).add(120);
    const rejected: string[] = [];
    expect(await run({ onRejected: ({ externalId }) => rejected.push(externalId) })).toEqual({
      ...NOTHING,
      read: 250,
      changed: 248,
      rejected: 2,
    });
    expect(rejected).toEqual(['product-7', 'product-120']);
  });

  it('progress: the number of products read and the total are reported after each page', async () => {
    const { run } = setUp();
    const onProgress = jest.fn();
    await run({ onProgress });
    expect(onProgress.mock.calls).toEqual([
      [100, 250],
      [200, 250],
      [250, 250],
    ]);
  });

  it('metric: every outcome is counted', async () => {
    const { scene, run } = setUp();
    scene.partner.invalid.add(7);
    await run();
    await run({ sinceMs: 0 });
    const metric = await scene.registry.getSingleMetric('farmlokal_sync_products_total')?.get();
    const counts = metric?.values.map(({ labels, value }) => [labels['outcome'], value]);
    expect(Object.fromEntries(counts!)).toEqual({ changed: 249, removed: 0, unchanged: 249, outdated: 0, rejected: 2 });
  });

  it('change log: the changes of each page are announced after its commit', async () => {
    const { scene, run } = setUp();
    await run();
    expect(scene.announce).toHaveBeenCalledTimes(3);
  });

  it('change log: changes are announced if a commit fails, because it may have taken effect', async () => {
    const { scene, run } = setUp();
    scene.database.failures.commit = new Error('connection lost');
    await expect(run()).rejects.toThrow('connection lost');
    expect(scene.announce).toHaveBeenCalledTimes(1);
  });
});

function errorWithCode({ code }: { readonly code: string }) {
  return { definition: { code } };
}

function cursors(scene: FakeSync) {
  return scene.partner.requests.map(({ cursor }) => cursor);
}

function setUp() {
  const scene = new FakeSync();
  const replica = scene.replica();
  const run = async (request: Partial<SyncRequest> = {}) => {
    const running = replica.run(aRequest(request));
    running.catch(() => undefined); // the caller handles the rejection
    await advance(1_000);
    return running;
  };
  return { scene, run };
}
