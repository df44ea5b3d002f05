/**
 * Reads a page: plans each of its parts, reads it, and takes the next best way where the planned one runs into its
 * time limit. What was chosen, why and what came of it is logged at `debug`.
 */
import { Injectable, Logger } from '@nestjs/common';
import { inSpan } from '@platform/tracing';
import type { Place, ProductListing, ProductRow } from '../product-listing';
import type { CatalogueView } from '../catalogue.reader';
import { mayGoAnotherWay } from '../catalogue-availability';
import type { AccessPath } from './cost-estimate';
import { CatalogueFactsService } from './catalogue-facts.service';
import type { PartRows } from './index-part.reader';
import { ListPartReader } from './list-part.reader';
import { partsOf, type ListPart } from './list-part';
import { ReadMetrics } from './read-metrics.service';
import { planPart, type PlanCandidate, type QueryPlan } from './query-plan';

export interface ListRows {
  /** In the order they were read, one more than the page holds where the list goes on. */
  readonly rows: readonly ProductRow[];
  /** How many products the whole list has, where reading the page has told. */
  readonly matches: number | undefined;
  /** The ways by which they were read, in the order they were gone. */
  readonly paths: readonly AccessPath[];
}

interface Reading {
  readonly part: ListPart;
  readonly plan: QueryPlan;
  readonly view: CatalogueView;
}

/** Of the statements of the planned way; another way then has as long again. */
const PLANNED_LIMIT_MS = 1_000;
const COUNT_LIMIT_MS = 2_000;

@Injectable()
export class ProductListReader {
  private readonly logger = new Logger('Catalogue');

  constructor(
    private readonly facts: CatalogueFactsService,
    private readonly parts: ListPartReader,
    private readonly metrics: ReadMetrics,
  ) {}

  async read(listing: ProductListing, start: Place | undefined, view: CatalogueView): Promise<ListRows> {
    const rows: ProductRow[] = [];
    const paths: AccessPath[] = [];
    const parts = partsOf(listing, start);
    let matches: number | undefined = 0;
    let passed = 0;
    for (const part of parts) {
      const offset = Math.max(0, part.offset - passed);
      const read = await this.readPart({ ...part, offset, limit: part.limit - rows.length }, view);
      rows.push(...read.rows);
      paths.push(read.path);
      matches = matches === undefined || read.matches === undefined ? undefined : matches + read.matches;
      const isLast = part === parts.at(-1);
      if (!isLast && rows.length === part.limit) return { rows, paths, matches: undefined };
      if (!isLast && rows.length === 0 && offset > 0) passed += read.matches ?? (await this.count(part, view));
      else passed = part.offset;
    }
    const isWholeList = parts.length === partsOf(listing, undefined).length; // a cursor may begin in the second part
    return { rows, paths, matches: isWholeList ? matches : undefined };
  }

  /** How many products match; undefined where counting them takes too long. */
  async countInTime(listing: ProductListing, view: CatalogueView): Promise<number | undefined> {
    const [part] = partsOf({ ...listing, sort: 'createdAt' }, undefined);
    try {
      return part && (await this.count(part, view));
    } catch (error) {
      if (mayGoAnotherWay(error)) return undefined;
      throw error;
    }
  }

  private async count(part: ListPart, view: CatalogueView): Promise<number> {
    const { candidates } = planPart(part, this.facts.current());
    const hasIndex = candidates.some(({ path }) => path === 'search-index');
    return this.parts.count(part, hasIndex, view.within(COUNT_LIMIT_MS));
  }

  /** How many products match, about; undefined while nothing is known of the catalogue. */
  estimate({ filter }: ProductListing): number | undefined {
    const { sample } = this.facts.current();
    return sample?.expected(sample.match(filter));
  }

  private async readPart(part: ListPart, view: CatalogueView): Promise<PartRows & { readonly path: AccessPath }> {
    const plan = planPart(part, this.facts.current());
    const [planned, other] = plan.candidates;
    if (planned === undefined) throw new Error('there is no way to read the list');
    try {
      return await this.readBy(planned, { part, plan, view });
    } catch (error) {
      if (other === undefined || !mayGoAnotherWay(error)) throw error;
      this.metrics.countDetour(planned.path);
      this.logger.warn({ msg: `The planned ${planned.path} failed; trying ${other.path}`, part });
      return this.readBy(other, { part, plan, view });
    }
  }

  private async readBy({ path, rows: expectedRows, costMs }: PlanCandidate, { part, plan, view }: Reading) {
    const startedMs = performance.now();
    let read: PartRows | undefined;
    try {
      const work = () => this.parts.read({ part, path, view: view.within(PLANNED_LIMIT_MS) });
      read = await inSpan('read list', { attributes: { 'farmlokal.plan': path } }, work);
      return { ...read, path };
    } finally {
      const tookMs = performance.now() - startedMs;
      this.metrics.observe(path, read === undefined ? 'failed' : 'read', tookMs, expectedRows);
      const { expected } = plan;
      const gave = { rows: read?.rows.length, matches: read?.matches };
      this.logger.debug({ path, expected, expectedRows, costMs, ...gave, tookMs, part });
    }
  }
}
