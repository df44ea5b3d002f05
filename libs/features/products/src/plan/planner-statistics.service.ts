/**
 * Planner statistics: a sample of the catalogue, and whether the search index is complete. They are refreshed in the
 * background if they are old or the catalogue has grown; no query waits for them.
 */
import { setImmediate } from 'node:timers/promises';
import { COLUMNS, CatalogueReader, SearchIndexStateRepository, type ColumnName, type ReadSession } from '@catalogue';
import { BLOCK_IDS } from '@engine/search';
import { Injectable, Logger } from '@nestjs/common';
import { dialectOf, joinSql, sql } from '@platform/database';
import { SingleFlight } from '@platform/resilience';
import { DataSource } from 'typeorm';
import type { FilteredProduct } from '../filters/filter';
import { ProducerPositionsReader } from '../read/producer-positions.reader';
import { SearchIndexRepository } from '../read/search-index.repository';
import { CatalogueSample } from './catalogue-sample';
import { ENGINE_COSTS } from './engine-costs';
import type { PlannerStatistics } from './query-plan';

/** Large enough to see a property of one product in 400. The sample takes 5 MB, and 100 ms of processor time to build. */
const SAMPLE_SIZE = BLOCK_IDS;
/** Products per statement: few enough not to delay requests while their objects are created. */
const BATCH_SIZE = 256;
/** Columns that are searched by value. */
const SORTED_COLUMNS: ReadonlySet<ColumnName> = new Set(['price', 'createdAt', 'name', 'producer']);

/** Minimum time between two checks of the catalogue, and maximum age of the sample. */
const CHECK_INTERVAL_MS = 5_000;
const MAX_SAMPLE_AGE_MS = 300_000;
/** Relative change of the catalogue size above which a new sample is drawn. */
const SIGNIFICANT_GROWTH = 0.02;

interface SampleRow extends Omit<FilteredProduct, 'position' | 'inStock'> {
  readonly stock: number;
  readonly x: number | null;
  readonly y: number | null;
  readonly z: number | null;
}

@Injectable()
export class PlannerStatisticsService {
  private readonly logger = new Logger('Catalogue');
  private statistics: PlannerStatistics;
  private checkedAtMs = -Infinity;
  private sampledAtMs = -Infinity;
  private readonly checks = new SingleFlight<'check', void>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: CatalogueReader,
    private readonly index: SearchIndexRepository,
    private readonly state: SearchIndexStateRepository,
    private readonly positions: ProducerPositionsReader,
  ) {
    const costs = ENGINE_COSTS[dialectOf(this.dataSource)];
    this.statistics = { sample: undefined, isIndexComplete: false, costs };
  }

  /** Returns the current statistics; starts a refresh in the background if the last check is more than 5 s old. */
  current(): PlannerStatistics {
    if (!this.checks.has('check') && performance.now() - this.checkedAtMs > CHECK_INTERVAL_MS) void this.refresh();
    return this.statistics;
  }

  /** Refreshes the statistics (single flight); keeps those that cannot be read. */
  refresh(): Promise<void> {
    return this.checks.run('check', async () => {
      try {
        await this.check();
      } catch (error) {
        this.logger.warn(`The planner statistics could not be refreshed: ${String(error)}`);
      } finally {
        this.checkedAtMs = performance.now();
      }
    });
  }

  private async check(): Promise<void> {
    const session = this.reader.openSession();
    const isIndexComplete = await this.state.isComplete(session);
    this.statistics = { ...this.statistics, isIndexComplete };
    if (!isIndexComplete) return;
    const size = await this.index.count(session);
    const previousSize = this.statistics.sample?.catalogueSize ?? 0;
    const isSampleOld = performance.now() - this.sampledAtMs > MAX_SAMPLE_AGE_MS;
    if (!isSampleOld && Math.abs(size - previousSize) <= previousSize * SIGNIFICANT_GROWTH) return;
    this.statistics = { ...this.statistics, sample: await this.drawSample(size, session) };
    this.sampledAtMs = performance.now();
    for (const name of COLUMNS) await this.warm(name, session);
    await this.positions.refresh(session);
  }

  private async drawSample(size: number, session: ReadSession): Promise<CatalogueSample> {
    const { ids } = await this.index.find({ within: [], without: [], columns: [] }, session);
    const count = Math.min(size, SAMPLE_SIZE);
    const stride = size / count;
    const sampledIds = ids.at(
      Array.from({ length: count }, (_, at) => Math.floor(at * stride + Math.random() * (stride - 1))),
    );
    const products: FilteredProduct[] = [];
    for (let from = 0; from < sampledIds.length; from += BATCH_SIZE) {
      const rows = await session.read<SampleRow>(sql`
        SELECT p.name_text AS nameText, p.search_text AS searchText, p.category, p.price_minor AS priceMinor,
               p.created_at_ms AS createdAtMs, p.stock, p.producer_id AS producerId, f.x, f.y, f.z
        FROM products AS p JOIN producers AS f ON f.id = p.producer_id
        WHERE p.id IN (${joinSql(sampledIds.slice(from, from + BATCH_SIZE), ', ')})`);
      products.push(...rows.map(toFilteredProduct));
    }
    return new CatalogueSample(products, size, ids.blockCount);
  }

  /** Preloads a column, and sorts it if queries search it by value. Yields to the event loop between blocks. */
  private async warm(name: ColumnName, session: ReadSession): Promise<void> {
    const { columns } = await this.index.find({ within: [], without: [], columns: [name] }, session);
    const sorting = SORTED_COLUMNS.has(name) ? columns.get(name)?.sort() : undefined;
    while (sorting?.next().done === false) await setImmediate();
  }
}

/** A literal, because the members of an object that a spread created are read twenty times slower (Node.js 20). */
function toFilteredProduct({ x, y, z, ...row }: SampleRow): FilteredProduct {
  return {
    nameText: row.nameText,
    searchText: row.searchText,
    category: row.category,
    priceMinor: row.priceMinor,
    createdAtMs: row.createdAtMs,
    inStock: row.stock > 0,
    producerId: row.producerId,
    position: x === null || y === null || z === null ? null : { x, y, z },
  };
}
