import type { CacheVersion } from '@platform/cache';
import { TestClock, useVirtualTime } from '@testing/resilience';
import type { EntityManager } from 'typeorm';
import { CatalogueWriter, recordChange, type CatalogueTransaction } from './catalogue.writer';

const manager = {} as EntityManager;
const commit = <T>(work: (manager: EntityManager) => Promise<T>) => work(manager);
const change = (transaction: CatalogueTransaction) => {
  recordChange(transaction);
  return Promise.resolve();
};
const noChange = () => Promise.resolve();

describe('catalogue writer', () => {
  useVirtualTime();

  it('commit: caches are invalidated after a visible change, and not without one', async () => {
    const { writer, invalidate } = setUp();
    await writer.write(commit, noChange);
    expect(invalidate).not.toHaveBeenCalled();
    await writer.write(commit, change);
    expect(invalidate).toHaveBeenCalledTimes(1);
    await writer.write(commit, noChange);
    expect(invalidate).toHaveBeenCalledTimes(1);
  });

  it('order: caches are invalidated after the commit', async () => {
    const { writer, invalidate } = setUp();
    await writer.write(async (work) => {
      const result = await work(manager);
      expect(invalidate).not.toHaveBeenCalled();
      return result;
    }, change);
    expect(invalidate).toHaveBeenCalledTimes(1);
  });

  it('rollback: an error of the work invalidates nothing', async () => {
    const { writer, invalidate } = setUp();
    const failing = async (transaction: CatalogueTransaction) => {
      await change(transaction);
      throw new Error('rolled back');
    };
    await expect(writer.write(commit, failing)).rejects.toThrow('rolled back');
    expect(invalidate).not.toHaveBeenCalled();
  });

  it('failed commit: caches are invalidated, because it may have taken effect', async () => {
    const { writer, invalidate } = setUp();
    const lostCommit = async <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> => {
      await work(manager);
      throw new Error('connection lost');
    };
    await expect(writer.write(lostCommit, change)).rejects.toThrow('connection lost');
    expect(invalidate).toHaveBeenCalledTimes(1);
  });

  it('retry: only the last attempt counts', async () => {
    const { writer, invalidate } = setUp();
    const attempts = [change, noChange];
    const twice = async <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> => {
      await work(manager);
      return work(manager);
    };
    await writer.write(twice, (transaction) => attempts.shift()!(transaction));
    expect(invalidate).not.toHaveBeenCalled();
  });

  it('series: caches are invalidated at most once a second, and at its end', async () => {
    const { writer, invalidate } = setUp();
    const series = writer.openSeries();
    await series.write(commit, change);
    await series.write(commit, change);
    expect(invalidate).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    await series.write(commit, noChange);
    expect(invalidate).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1_000);
    await series.write(commit, noChange);
    expect(invalidate).toHaveBeenCalledTimes(1);
    await series.end();
    expect(invalidate).toHaveBeenCalledTimes(2);
  });
});

function setUp() {
  const invalidate = jest.fn(() => Promise.resolve());
  return { writer: new CatalogueWriter({ invalidate } as unknown as CacheVersion, new TestClock()), invalidate };
}
