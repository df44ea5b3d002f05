/** The producers of a circle, ranked by their distance: those at one distance have one rank. */
import { keepIf, type CodedIds } from '../search-index/coded-ids';
import type { SortKeys } from '../product-listing';
import { BEFORE_ALL_IDS, type CodedPlace } from './exact-page';
import { firstFrom } from '../first-from';
import type { NearProducer } from '../near/producer-positions';

export class NearbyProducers {
  /** By producer id: 1 where it is near. Ends with one that is not, for all ids beyond. */
  readonly flags: Uint8Array;
  /** By producer id, for those that are near. */
  private readonly ranks: Uint32Array;
  /** By rank, ascending. */
  private readonly chordsSquared: number[] = [];

  constructor(inCircle: readonly NearProducer[]) {
    const producers = inCircle.toSorted((a, b) => a.chordSquared - b.chordSquared);
    const highestId = producers.reduce((highest, { id }) => Math.max(highest, id), 0);
    this.flags = new Uint8Array(highestId + 2);
    this.ranks = new Uint32Array(highestId + 1);
    for (const { id, chordSquared } of producers) {
      if (this.chordsSquared.at(-1) !== chordSquared) this.chordsSquared.push(chordSquared);
      this.flags[id] = 1;
      this.ranks[id] = this.chordsSquared.length - 1;
    }
  }

  /** Of some products those whose producers, given beside them, are near. */
  keepNear(coded: CodedIds, producerIds: Uint32Array): CodedIds {
    return keepIf(coded, (at) => this.flags[producerIds[at]!] === 1);
  }

  /** Of products of producers that are near; those at one distance have one rank. */
  ranksOf(producerIds: Uint32Array): Uint32Array {
    return producerIds.map((id) => this.ranks[id]!);
  }

  /** Where a product at this distance and with this id would be. */
  placeOf(beyond: SortKeys): CodedPlace {
    const [chordSquared, id] = beyond.map(Number) as [number, number];
    const code = firstFrom(this.chordsSquared.length, (at) => this.chordsSquared[at]! < chordSquared);
    return { code, id: this.chordsSquared[code] === chordSquared ? id : BEFORE_ALL_IDS };
  }
}
