/**
 * Reads products by distance: those of some producers at a time, the nearest or the farthest first, until the page is
 * full. Producers at one distance are never parted, because the ids of their products decide between them.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import type { ReadSession } from '../catalogue.reader';
import type { NearProducer } from '../near/producer-positions';
import { ProducerPositionsReader } from '../near/producer-positions.reader';
import type { ProductRow } from '../product-listing';
import type { Segment } from './segment';
import { MAX_IDS, SegmentStatements } from './segment-statements';

/** The first producers near by usually fill a page; where they do not, ever more are asked at once. */
const FIRST_BATCH = 16;
const BATCH_GROWTH = 4;

@Injectable()
export class NearestFirstReader {
  private readonly statements: SegmentStatements;

  constructor(
    dataSource: DataSource,
    private readonly positions: ProducerPositionsReader,
  ) {
    this.statements = new SegmentStatements(dialectOf(dataSource));
  }

  async read(segment: Segment, session: ReadSession): Promise<ProductRow[]> {
    const { near } = segment.filter;
    if (near === undefined) throw new Error('distance to nowhere');
    const producers = inReadingOrder(await this.positions.within(near, session), segment);
    const wanted = segment.offset + segment.limit;
    const rows: ProductRow[] = [];
    for (const batch of batchesOf(producers)) {
      const rest = { ...segment, offset: 0, limit: wanted - rows.length };
      rows.push(...(await this.readBatch(rest, batch, session)));
      if (rows.length >= wanted) break;
    }
    return rows.slice(segment.offset);
  }

  /** Very many producers may be at one distance; then their products are read in several statements and merged. */
  private async readBatch(
    segment: Segment,
    batch: readonly NearProducer[],
    session: ReadSession,
  ): Promise<ProductRow[]> {
    const ids = batch.map(({ id }) => id);
    const runs: ProductRow[][] = [];
    for (let from = 0; from < ids.length; from += MAX_IDS)
      runs.push(await session.read<ProductRow>(this.statements.ofProducers(segment, ids.slice(from, from + MAX_IDS))));
    const [only = [], ...others] = runs;
    if (others.length === 0) return only;
    const sign = segment.direction === 'asc' ? 1 : -1;
    const compare = (a: ProductRow, b: ProductRow) => sign * (chordOf(a) - chordOf(b) || a.id - b.id);
    return runs.flat().sort(compare).slice(0, segment.limit);
  }
}

function chordOf({ chordSquared = NaN }: ProductRow): number {
  return chordSquared;
}

/** From the part's start on, that distance included, in its direction. */
function inReadingOrder(producers: readonly NearProducer[], { direction, after }: Segment): NearProducer[] {
  const sign = direction === 'asc' ? 1 : -1;
  const start = after === undefined ? -Infinity : sign * Number(after[0]);
  return producers
    .filter(({ chordSquared }) => sign * chordSquared >= start)
    .sort((a, b) => sign * (a.chordSquared - b.chordSquared));
}

function* batchesOf(producers: readonly NearProducer[]): Generator<NearProducer[], void> {
  let size = FIRST_BATCH;
  for (let from = 0, to = size; from < producers.length; [from, to] = [to, to + size]) {
    while (producers[to]?.chordSquared === producers[to - 1]?.chordSquared && to < producers.length) to += 1;
    yield producers.slice(from, to);
    size *= BATCH_GROWTH;
  }
}
