import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueWriter, type BatchOutcome, type ProductDraft, type ProductWriteRepository } from '@catalogue';
import type { CacheVersion } from '@platform/cache';
import { recordChange, type CatalogueTransaction } from '@testing/catalogue';
import { TestClock } from '@testing/resilience';
import type { DataSource } from 'typeorm';
import { ImportService, type ImportRequest } from './import.service';

const BATCHES = 6;
const BATCH_MS = 700;

const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
const path = join(directory, 'products.csv');
afterAll(() => rmSync(directory, { recursive: true }));

beforeAll(() => {
  const lines = Array.from({ length: BATCHES * 500 }, (_, at) => `${at},Tomato ${at},Vegetables,1,Farm`);
  writeFileSync(path, ['id,name,category,price,producer', ...lines].join('\n'));
});

/**
 * Returns the batches after which caches were invalidated. Each batch takes BATCH_MS; `changing` lists those that
 * change a product.
 */
async function invalidationsOf(changing: readonly number[], overrides: Partial<ImportRequest> = {}): Promise<number[]> {
  const invalidations: number[] = [];
  let batch = 0;
  let elapsedMs = 0;
  const clock = new TestClock();
  jest.spyOn(clock, 'elapsedMs').mockImplementation(() => elapsedMs);
  const upsert = (transaction: CatalogueTransaction, drafts: readonly ProductDraft[]): Promise<BatchOutcome> => {
    batch += 1;
    elapsedMs += BATCH_MS;
    const updated = changing.includes(batch) ? 1 : 0;
    if (updated > 0) recordChange(transaction);
    return Promise.resolve({
      created: 0,
      updated,
      unchanged: drafts.length - updated,
      producers: 0,
      outcomes: new Map(drafts.map(({ externalId }) => [externalId, 'unchanged'])),
    });
  };
  const transaction = (_isolation: string, work: (manager: object) => unknown) => work({});
  const invalidate = () => Promise.resolve(void invalidations.push(batch));
  const service = new ImportService(
    { options: { type: 'mysql' }, transaction } as unknown as DataSource,
    { upsert } as unknown as ProductWriteRepository,
    new CatalogueWriter({ invalidate } as unknown as CacheVersion, clock),
  );
  await service.run({
    path,
    format: 'csv',
    mapping: { columns: {}, constants: {} },
    preset: undefined,
    decimalMark: 'point',
    rejectPath: join(directory, 'rejects.ndjson'),
    warningPath: join(directory, 'warnings.ndjson'),
    isDryRun: false,
    nowMs: 0,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...overrides,
  });
  expect(batch).toBe(BATCHES);
  return invalidations;
}

describe('cache invalidation of an import', () => {
  it('invalidation: caches are invalidated every second during changes and at the end of the import', async () => {
    expect(await invalidationsOf([1, 2, 3, 4, 5, 6])).toEqual([2, 4, 6, 6]);
  });

  it('invalidation: caches are invalidated within a second if only the first batch changes anything', async () => {
    expect(await invalidationsOf([1])).toEqual([2, 6]);
  });

  it('invalidation: caches are invalidated once if nothing changes, because an earlier run may have been killed', async () => {
    expect(await invalidationsOf([])).toEqual([6]);
  });

  it('invalidation: a dry run does not invalidate caches', async () => {
    expect(await invalidationsOf([1, 2], { isDryRun: true })).toEqual([]);
  });
});
