/**
 * What planning knows of the catalogue: a sample of it, and whether the search index is complete. Facts are drawn
 * anew beside the queries when they have become old or the catalogue has grown; no query ever waits for them.
 */
import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { dialectOf, joinSql, sql } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader, type ReadSession } from '../catalogue.reader';
import { ProducerPositionsReader } from '../near/producer-positions.reader';
import { BLOCK_IDS } from '../search-index/block';
import { COLUMNS, type ColumnName } from '../search-index/column';
import { SearchIndexRepository } from '../search-index/search-index.repository';
import { SearchIndexStateRepository } from '../search-index/search-index-state.repository';
import { CatalogueSample, type SampledProduct } from './catalogue-sample';
import { ENGINE_COSTS } from './engine-costs';
import type { PlannerStatistics } from './query-plan';

/** Enough to see what one product in four hundred has; takes some 4 MB, and 60 ms of this process to draw. */
const SAMPLE_SIZE = BLOCK_IDS;
/** Products a statement: few enough that building them does not hold up a request. */
const BATCH_SIZE = 256;
/** All that something is looked up in by its value. */
const SORTED_COLUMNS: ReadonlySet<ColumnName> = new Set(['price', 'createdAt', 'name', 'producer']);

/** How often it is looked whether the catalogue has changed, at most, and when it is drawn anew even so. */
const CHECK_AFTER_MS = 5_000;
const DRAW_AFTER_MS = 300_000;
/** A change of its size by more than this is a change of the catalogue. */
const SIGNIFICANT_GROWTH = 0.02;

interface SampleRow extends Omit<SampledProduct, 'position'> {
  readonly x: number | null;
  readonly y: number | null;
  readonly z: number | null;
}

@Injectable()
export class PlannerStatisticsService {
  private readonly logger = new Logger('Catalogue');
  private statistics: PlannerStatistics;
  private checkedAtMs = -Infinity;
  private drawnAtMs = -Infinity;
  private checking: Promise<void> | undefined;

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

  /** What is known now; starts to look again where that is old. */
  current(): PlannerStatistics {
    if (this.checking === undefined && performance.now() - this.checkedAtMs > CHECK_AFTER_MS) void this.refresh();
    return this.statistics;
  }

  /** Looks again; what cannot be found out stays as it was. */
  refresh(): Promise<void> {
    this.checking ??= this.check()
      .catch((error: unknown) => this.logger.warn(`The catalogue could not be sampled: ${String(error)}`))
      .finally(() => {
        this.checkedAtMs = performance.now();
        this.checking = undefined;
      });
    return this.checking;
  }

  private async check(): Promise<void> {
    const session = this.reader.openSession();
    const isIndexComplete = await this.state.isComplete(session);
    this.statistics = { ...this.statistics, isIndexComplete };
    if (!isIndexComplete) return;
    const size = await this.index.count(session);
    const known = this.statistics.sample?.catalogueSize ?? 0;
    const isOld = performance.now() - this.drawnAtMs > DRAW_AFTER_MS;
    if (!isOld && Math.abs(size - known) <= known * SIGNIFICANT_GROWTH) return;
    this.statistics = { ...this.statistics, sample: await this.draw(size, session) };
    this.drawnAtMs = performance.now();
    for (const name of COLUMNS) await this.warm(name, session);
    await this.positions.renew(session);
  }

  private async draw(size: number, session: ReadSession): Promise<CatalogueSample> {
    const { ids } = await this.index.find({ within: [], without: [], columns: [] }, session);
    const count = Math.min(size, SAMPLE_SIZE);
    const stride = size / count;
    const drawn = ids.at(
      Array.from({ length: count }, (_, at) => Math.floor(at * stride + Math.random() * (stride - 1))),
    );
    const products: SampledProduct[] = [];
    for (let from = 0; from < drawn.length; from += BATCH_SIZE) {
      const rows = await session.read<SampleRow>(sql`
        SELECT p.name_text AS nameText, p.search_text AS searchText, p.category, p.price_minor AS priceMinor,
               p.created_at_ms AS createdAtMs, p.stock, p.producer_id AS producerId, f.x, f.y, f.z
        FROM products AS p JOIN producers AS f ON f.id = p.producer_id
        WHERE p.id IN (${joinSql(drawn.slice(from, from + BATCH_SIZE), ', ')})`);
      products.push(...rows.map(toSampledProduct));
    }
    return new CatalogueSample(products, size, ids.blockCount);
  }

  /** Has a column in memory, and sorted where it will be, before somebody waits for it, without holding up anybody else. */
  private async warm(name: ColumnName, session: ReadSession): Promise<void> {
    const { columns } = await this.index.find({ within: [], without: [], columns: [name] }, session);
    const sorting = SORTED_COLUMNS.has(name) ? columns.get(name)?.sort() : undefined;
    while (sorting?.next().done === false) await setImmediate();
  }
}

function toSampledProduct({ x, y, z, ...product }: SampleRow): SampledProduct {
  return { ...product, position: x === null || y === null || z === null ? null : { x, y, z } };
}
