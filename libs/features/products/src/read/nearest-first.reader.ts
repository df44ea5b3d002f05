/**
 * Reads products by distance, one batch of producers at a time, nearest or farthest first, until the page is full. A
 * batch never splits producers at equal distance, because the ids of their products decide the order.
 */
import type { ReadSession } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import type { ProductRow } from '../query/product-listing';
import type { Segment } from '../query/segment';
import type { NearbyProducer } from './producer-positions';
import { ProducerPositionsReader } from './producer-positions.reader';
import { MAX_IDS, SegmentStatements } from './segment-statements';

/** Producers in the first batch, which usually fills a page; each further batch is larger by the growth factor. */
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
    if (near === undefined) throw new Error('Sorting by distance requires `near`');
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

  /** Producers at equal distance may exceed MAX_IDS; their products are then read in several statements and merged. */
  private async readBatch(
    segment: Segment,
    batch: readonly NearbyProducer[],
    session: ReadSession,
  ): Promise<ProductRow[]> {
    const ids = batch.map(({ id }) => id);
    const results: ProductRow[][] = [];
    for (let from = 0; from < ids.length; from += MAX_IDS)
      results.push(
        await session.read<ProductRow>(this.statements.ofProducers(segment, ids.slice(from, from + MAX_IDS))),
      );
    const [only = [], ...others] = results;
    if (others.length === 0) return only;
    const sign = segment.direction === 'asc' ? 1 : -1;
    const compare = (a: ProductRow, b: ProductRow) => sign * (chordSquaredOf(a) - chordSquaredOf(b) || a.id - b.id);
    return results.flat().sort(compare).slice(0, segment.limit);
  }
}

function chordSquaredOf({ chordSquared = NaN }: ProductRow): number {
  return chordSquared;
}

/** Returns the producers in reading order, from the distance at which the segment starts (inclusive). */
function inReadingOrder(producers: readonly NearbyProducer[], { direction, after }: Segment): NearbyProducer[] {
  const sign = direction === 'asc' ? 1 : -1;
  const start = after === undefined ? -Infinity : sign * Number(after[0]);
  return producers
    .filter(({ chordSquared }) => sign * chordSquared >= start)
    .sort((a, b) => sign * (a.chordSquared - b.chordSquared));
}

function* batchesOf(producers: readonly NearbyProducer[]): Generator<NearbyProducer[], void> {
  let size = FIRST_BATCH;
  for (let from = 0, to = size; from < producers.length; [from, to] = [to, to + size]) {
    while (producers[to]?.chordSquared === producers[to - 1]?.chordSquared && to < producers.length) to += 1;
    yield producers.slice(from, to);
    size *= BATCH_GROWTH;
  }
}
