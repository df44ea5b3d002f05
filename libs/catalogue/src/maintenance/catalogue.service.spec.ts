import { Logger } from '@nestjs/common';
import type { AppConfig } from '@platform/config';
import type { ProductRepository } from '../store/product.repository';
import type { SearchIndexStateRepository } from '../store/search-index-state.repository';
import { Catalogue } from './catalogue.service';
import type { DemoCatalogueService } from './demo-catalogue.service';
import type { ReindexService } from './reindex.service';

describe('preparing the catalogue', () => {
  beforeEach(() => void Logger.overrideLogger(false));

  it('production: neither fills an empty catalogue nor rebuilds an incomplete index', async () => {
    const { catalogue, calls } = setUp('production', { isEmpty: true, isIndexComplete: false });
    await catalogue.prepare();
    expect(calls).toEqual(['warm-up']);
  });

  it('development: fills an empty catalogue, then builds the index, then warms up', async () => {
    const { catalogue, calls } = setUp('development', { isEmpty: true, isIndexComplete: false });
    await catalogue.prepare();
    expect(calls).toEqual(['fill', 'reindex', 'warm-up']);
  });

  it('development: keeps existing products and a complete index', async () => {
    const { catalogue, calls } = setUp('development', { isEmpty: false, isIndexComplete: true });
    await catalogue.prepare();
    expect(calls).toEqual(['warm-up']);
  });
});

function setUp(environment: AppConfig['environment'], state: { isEmpty: boolean; isIndexComplete: boolean }) {
  const calls: string[] = [];
  const call = (name: string) => () => Promise.resolve(void calls.push(name));
  const catalogue = new Catalogue(
    { environment } as AppConfig,
    { isEmpty: () => Promise.resolve(state.isEmpty) } as ProductRepository,
    { isComplete: () => Promise.resolve(state.isIndexComplete) } as SearchIndexStateRepository,
    { run: call('reindex') } as unknown as ReindexService,
    { fill: call('fill') } as unknown as DemoCatalogueService,
  );
  catalogue.onPrepared(call('warm-up'));
  return { catalogue, calls };
}
