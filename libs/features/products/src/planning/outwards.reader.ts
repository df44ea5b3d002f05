/**
 * Reads products by distance: the producers of a ring at a time, some of them at a time, their products sorted, until
 * the page is full. Producers at one distance are never parted, because the ids of their products decide between them.
 */
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import { CatalogueReader } from '../catalogue.reader';
import { chordSquaredOf } from '../near/geography';
import type { Circle, ProductRow } from '../product-listing';
import type { ListPart } from './list-part';
import { PartStatements, type DistanceBound, type Producer } from './part-statements';

/** Outer radii of the rings, the last one being the radius that was asked for. */
const RINGS_KM = [2, 8, 32, 128];
const MAX_PRODUCERS_READ = 2_000;
/** The first producers near by usually fill a page; where they do not, ever more are asked at once. */
const FIRST_BATCH = 16;
const BATCH_GROWTH = 4;

@Injectable()
export class OutwardsReader {
  private readonly statements: PartStatements;

  constructor(
    dataSource: DataSource,
    private readonly reader: CatalogueReader,
  ) {
    this.statements = new PartStatements(dialectOf(dataSource));
  }

  async read(part: ListPart, limitMs: number): Promise<ProductRow[]> {
    const wanted = part.offset + part.limit;
    const rows: ProductRow[] = [];
    for await (const producers of this.batches(part, limitMs)) {
      const rest = { ...part, offset: 0, limit: wanted - rows.length };
      const ids = producers.map(({ id }) => id);
      rows.push(...(await this.reader.read<ProductRow>(this.statements.ofProducers(rest, ids), limitMs)));
      if (rows.length >= wanted) break;
    }
    return rows.slice(part.offset);
  }

  private async *batches(part: ListPart, limitMs: number): AsyncGenerator<Producer[]> {
    let size = FIRST_BATCH;
    let batch: Producer[] = [];
    for await (const sameDistance of this.byDistance(part, limitMs)) {
      batch.push(...sameDistance);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
      size *= BATCH_GROWTH;
    }
    if (batch.length > 0) yield batch;
  }

  /** Producers in the part's direction from its start, those at one distance together. */
  private async *byDistance(part: ListPart, limitMs: number): AsyncGenerator<Producer[]> {
    const { near } = part.filter;
    if (near === undefined) throw new Error('distance to nowhere');
    const start = part.beyond === undefined ? undefined : Number(part.beyond[0]);
    const outermost = part.direction === 'asc' ? 0 : chordSquaredOf(near.radiusKm);
    let from: DistanceBound = { chordSquared: start ?? outermost, isIncluded: true };
    for (const radiusKm of ringsOf(part, near, from.chordSquared)) {
      for (let atMost = MAX_PRODUCERS_READ, goesOn = true; goesOn;) {
        const circle = { ...near, radiusKm };
        const found = await this.reader.read<Producer>(
          this.statements.producersFrom(part.direction, circle, from, atMost),
          limitMs,
        );
        goesOn = found.length === atMost;
        const groups = groupByDistance(found);
        // The last of a full answer may have more at its distance; alone, it is asked for again with more room.
        const complete = goesOn ? groups.slice(0, -1) : groups;
        if (complete.length === 0) atMost *= BATCH_GROWTH;
        yield* complete;
        const last = complete.at(-1)?.[0];
        if (last !== undefined) from = { chordSquared: last.chordSquared, isIncluded: false };
      }
    }
  }
}

/** Rings that reach beyond the start; from the outside inwards there is but one. */
function ringsOf({ direction }: ListPart, { radiusKm }: Circle, from: number): number[] {
  if (direction === 'desc') return [radiusKm];
  return [...RINGS_KM.filter((ring) => ring < radiusKm && chordSquaredOf(ring) > from), radiusKm];
}

function groupByDistance(producers: readonly Producer[]): Producer[][] {
  const groups: Producer[][] = [];
  for (const producer of producers) {
    const group = groups.at(-1);
    if (group?.[0]?.chordSquared === producer.chordSquared) group.push(producer);
    else groups.push([producer]);
  }
  return groups;
}
