import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CatalogueErrors } from '../catalogue.errors';
import type { ReadSession } from '../catalogue.reader';
import { ListProductsQuery, toListing } from '../list-products.query';
import type { PlannerStatisticsService } from './planner-statistics.service';
import { ENGINE_COSTS } from './engine-costs';
import type { SegmentReader, ReadRequest } from './segment.reader';
import { ProductListReader } from './product-list.reader';
import { ReadMetrics } from './read-metrics.service';

/** Nothing is read from it here. */
const VIEW: ReadSession = { read: () => Promise.resolve([]), withTimeLimit: () => VIEW };

const timeout = () =>
  Object.assign(CatalogueErrors.CATALOGUE_BUSY.create(), {
    cause: Object.assign(new Error('too long'), { errno: 3024, abbreviatedKey: 'ER_QUERY_TIMEOUT' }),
  });
const missingIndex = () =>
  Object.assign(new Error('no such key'), { errno: 1176, abbreviatedKey: 'ER_KEY_DOES_NOT_EXITS' });
const lost = () => CatalogueErrors.CATALOGUE_UNAVAILABLE.create();

const newest = toListing(Object.assign(new ListProductsQuery(), { page: 1, limit: 20 }));

describe('page reader', () => {
  const registry = new Registry();
  const metrics = new ReadMetrics(registry);
  const statistics = { current: () => ({ sample: undefined, isIndexComplete: true, costs: ENGINE_COSTS.mysql }) };
  const paths: string[] = [];

  /** A reader whose paths fail with these errors, one after another, before one succeeds. */
  function readerThatFails(...errors: Error[]): ProductListReader {
    paths.length = 0;
    registry.resetMetrics();
    const segments = {
      read: ({ path }: ReadRequest) => {
        paths.push(path);
        const error = errors.shift();
        return error === undefined ? Promise.resolve({ rows: [], matches: 0 }) : Promise.reject(error);
      },
    };
    return new ProductListReader(statistics as PlannerStatisticsService, segments as unknown as SegmentReader, metrics);
  }

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('query plan: a page is read along the planned access path', async () => {
    await readerThatFails().read(newest, undefined, VIEW);
    expect(paths).toEqual(['index-scan']);
    expect(await registry.metrics()).toMatch(/read_duration_seconds_count\{path="index-scan",outcome="read"\} 1/);
  });

  it.each([
    ['ran into its time limit', timeout],
    ['needs an index that is missing', missingIndex],
  ])('plan fallback: a page is read along the next best path if the planned one %s', async (_, error) => {
    expect(await readerThatFails(error()).read(newest, undefined, VIEW)).toEqual({
      rows: [],
      matches: 0,
      paths: ['search-index'],
    });
    expect(paths).toEqual(['index-scan', 'search-index']);
    const counted = await registry.metrics();
    expect(counted).toMatch(/plan_fallbacks_total\{path="index-scan"\} 1/);
    expect(counted).toMatch(/read_duration_seconds_count\{path="index-scan",outcome="failed"\} 1/);
    expect(counted).toMatch(/read_duration_seconds_count\{path="search-index",outcome="read"\} 1/);
  });

  it('plan fallback: the read fails if two paths ran into their time limits', async () => {
    await expect(readerThatFails(timeout(), timeout()).read(newest, undefined, VIEW)).rejects.toThrow(
      'did not answer in time',
    );
    expect(paths).toHaveLength(2);
  });

  it('plan fallback: the read fails at once if the database cannot be reached', async () => {
    await expect(readerThatFails(lost()).read(newest, undefined, VIEW)).rejects.toThrow('cannot be reached');
    expect(paths).toHaveLength(1);
  });
});
