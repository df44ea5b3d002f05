/** The producers within a circle, ranked by distance; producers at equal distance share a rank. */
import {
  BEFORE_ALL_IDS,
  filterKeyedIds,
  isListed,
  lowerBound,
  setBit,
  type Column,
  type IdSet,
  type KeyedIds,
  type KeyedPosition,
} from '@engine/search';
import type { SortKeys } from '../query/product-listing';
import type { NearbyProducer } from './producer-positions';

interface Ranking {
  /** Ranks by producer id. */
  readonly ranks: ReadonlyMap<number, number>;
  /** Squared chord lengths by rank, ascending. */
  readonly distances: readonly number[];
}

/** Highest producer id for a bitmap, of at most 1 MiB; a catalogue with higher ids uses a hash set. */
const MAX_BITMAP_ID = 2 ** 23 - 1;

export class NearbyProducers {
  private readonly isNearby: (producerId: number) => boolean;
  /** One bit per producer id, set if the producer is nearby; the last word is 0. */
  private readonly bitmap: Uint32Array | undefined;
  private cachedRanking: Ranking | undefined;

  constructor(private readonly producers: readonly NearbyProducer[]) {
    const highestId = producers.reduce((highest, { id }) => Math.max(highest, id), 0);
    if (highestId > MAX_BITMAP_ID) {
      const ids = new Set(producers.map(({ id }) => id));
      this.isNearby = (id) => ids.has(id);
      return;
    }
    const bitmap = new Uint32Array((highestId >>> 5) + 2);
    for (const { id } of producers) setBit(bitmap, id);
    this.bitmap = bitmap;
    const isInBitmap = isListed; // the getter of a re-export costs more than the test of a bit
    this.isNearby = (id) => isInBitmap(bitmap, id);
  }

  /** Keeps the products of nearby producers. */
  filter(ids: IdSet, producers: Column): void {
    if (this.bitmap !== undefined) ids.keepListed(producers, this.bitmap);
    else ids.keepValues(producers, this.isNearby);
  }

  /** Keeps the ids whose producer, at the same index of `producerIds`, is nearby. */
  keepNearby(keyed: KeyedIds, producerIds: Uint32Array): KeyedIds {
    return filterKeyedIds(keyed, (at) => this.isNearby(producerIds[at]!));
  }

  /** Returns the ranks of these producers, which must be nearby. */
  ranksOf(producerIds: Uint32Array): Uint32Array {
    const { ranks } = this.ranking();
    return producerIds.map((id) => ranks.get(id)!);
  }

  private ranking(): Ranking {
    return (this.cachedRanking ??= rankByDistance(this.producers));
  }

  /** Squared chord length to the producers of a rank. */
  chordSquaredOf(rank: number): number {
    return this.ranking().distances[rank]!;
  }

  /** Returns the seek position for these sort keys, a distance and an id. */
  positionOf(after: SortKeys): KeyedPosition {
    const [chordSquared, id] = after.map(Number) as [number, number];
    const { distances } = this.ranking();
    const abbreviatedKey = lowerBound(distances.length, (at) => distances[at]! < chordSquared);
    return { abbreviatedKey, id: distances[abbreviatedKey] === chordSquared ? id : BEFORE_ALL_IDS };
  }
}

function rankByDistance(producers: readonly NearbyProducer[]): Ranking {
  const ranks = new Map<number, number>();
  const distances: number[] = [];
  for (const { id, chordSquared } of producers.toSorted((a, b) => a.chordSquared - b.chordSquared)) {
    if (distances.at(-1) !== chordSquared) distances.push(chordSquared);
    ranks.set(id, distances.length - 1);
  }
  return { ranks, distances };
}
