/** The producers of a circle, ranked by their distance: those at one distance have one rank. */
import { isListed, setBit } from '../search-index/bitset';
import { keepIf, type KeyedIds } from '../search-index/keyed-ids';
import type { Column } from '../search-index/column';
import type { IdSet } from '../search-index/id-set';
import type { SortKeys } from '../product-listing';
import { BEFORE_ALL_IDS, type KeyedPosition } from './page-selection';
import { lowerBound } from '../lower-bound';
import type { NearProducer } from '../near/producer-positions';

interface Ranking {
  /** By producer id. */
  readonly ranks: ReadonlyMap<number, number>;
  /** Squares of chords by rank, ascending. */
  readonly distances: readonly number[];
}

/** Up to this id producers are a bitmap, of 1 MiB at most; a catalogue with greater ids has a hash set instead. */
const MAX_BITMAP_ID = 2 ** 23 - 1;

export class NearbyProducers {
  private readonly isNear: (producerId: number) => boolean;
  /** The bit of each producer id that is near; the last word is 0. */
  private readonly bitmap: Uint32Array | undefined;
  private ranking: Ranking | undefined;

  constructor(private readonly producers: readonly NearProducer[]) {
    const highestId = producers.reduce((highest, { id }) => Math.max(highest, id), 0);
    if (highestId > MAX_BITMAP_ID) {
      const ids = new Set(producers.map(({ id }) => id));
      this.isNear = (id) => ids.has(id);
      return;
    }
    const bitmap = new Uint32Array((highestId >>> 5) + 2);
    for (const { id } of producers) setBit(bitmap, id);
    this.bitmap = bitmap;
    this.isNear = (id) => isListed(bitmap, id);
  }

  /** Keeps the products whose producers are near. */
  filter(ids: IdSet, producers: Column): void {
    if (this.bitmap !== undefined) ids.keepListed(producers, this.bitmap);
    else ids.keepValues(producers, this.isNear);
  }

  /** Of some products those whose producers, given beside them, are near. */
  storeInL1(keyed: KeyedIds, producerIds: Uint32Array): KeyedIds {
    return keepIf(keyed, (at) => this.isNear(producerIds[at]!));
  }

  /** Of products of producers that are near; those at one distance have one rank. */
  ranksOf(producerIds: Uint32Array): Uint32Array {
    const { ranks } = this.ranked();
    return producerIds.map((id) => ranks.get(id)!);
  }

  private ranked(): Ranking {
    return (this.ranking ??= rankByDistance(this.producers));
  }

  /** Square of the chord to the producers of a rank. */
  chordSquaredOf(rank: number): number {
    return this.ranked().distances[rank]!;
  }

  /** Where a product at this distance and with this id would be. */
  positionOf(after: SortKeys): KeyedPosition {
    const [chordSquared, id] = after.map(Number) as [number, number];
    const { distances } = this.ranked();
    const abbreviatedKey = lowerBound(distances.length, (at) => distances[at]! < chordSquared);
    return { abbreviatedKey, id: distances[abbreviatedKey] === chordSquared ? id : BEFORE_ALL_IDS };
  }
}

function rankByDistance(producers: readonly NearProducer[]): Ranking {
  const ranks = new Map<number, number>();
  const distances: number[] = [];
  for (const { id, chordSquared } of producers.toSorted((a, b) => a.chordSquared - b.chordSquared)) {
    if (distances.at(-1) !== chordSquared) distances.push(chordSquared);
    ranks.set(id, distances.length - 1);
  }
  return { ranks, distances };
}
