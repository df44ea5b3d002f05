import { CatalogueErrors, type ReadSession } from '@catalogue';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ListProductsQuery, toListing } from '../api/list-products.query';
import { ENGINE_COSTS } from '../plan/engine-costs';
import type { PlannerStatisticsService } from '../plan/planner-statistics.service';
import { ReadMetrics } from '../read/read-metrics.service';
import type { ReadRequest, SegmentReader } from '../read/segment.reader';
import { ProductListReader } from './product-list.reader';

/** The access paths of these tests read nothing from it. */
const SESSION: ReadSession = { read: () => Promise.resolve([]), withTimeLimit: () => SESSION };

const statementTimeout = () =>
  Object.assign(CatalogueErrors.CATALOGUE_BUSY.create(), {
    cause: Object.assign(new Error('too long'), { errno: 3024, code: 'ER_QUERY_TIMEOUT' }),
  });
const missingIndex = () => Object.assign(new Error('no such key'), { errno: 1176, code: 'ER_KEY_DOES_NOT_EXITS' });
const connectionLost = () => CatalogueErrors.CATALOGUE_UNAVAILABLE.create();

const newest = toListing(Object.assign(new ListProductsQuery(), { page: 1, limit: 20 }));

describe('page reader', () => {
  const registry = new Registry();
  const metrics = new ReadMetrics(registry);
  const statistics = { current: () => ({ sample: undefined, isIndexComplete: true, costs: ENGINE_COSTS.mysql }) };
  const paths: string[] = [];

  /** Creates a reader whose paths fail with these errors, one after another, before one succeeds. */
  function failingReader(...errors: Error[]): ProductListReader {
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
    await failingReader().read(newest, undefined, SESSION);
    expect(paths).toEqual(['index-scan']);
    expect(await registry.metrics()).toMatch(/read_duration_seconds_count\{path="index-scan",outcome="read"\} 1/);
  });

  it.each([
    ['exceeded its time limit', statementTimeout],
    ['needs an index that is missing', missingIndex],
  ])('plan fallback: a page is read along the next best path if the planned one %s', async (_, error) => {
    expect(await failingReader(error()).read(newest, undefined, SESSION)).toEqual({
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

  it('plan fallback: the read fails if two paths exceeded their time limits', async () => {
    await expect(
      failingReader(statementTimeout(), statementTimeout()).read(newest, undefined, SESSION),
    ).rejects.toThrow('did not respond in time');
    expect(paths).toHaveLength(2);
  });

  it('plan fallback: the read fails at once if the database cannot be reached', async () => {
    await expect(failingReader(connectionLost()).read(newest, undefined, SESSION)).rejects.toThrow('cannot be reached');
    expect(paths).toHaveLength(1);
  });
});
