/** The producers of a circle, ranked by their distance: those at one distance have one rank. */
import type { SortKeys } from '../product-listing';
import { BEFORE_ALL_IDS, type CodedPlace } from './exact-page';
import { firstFrom } from './first-from';
import type { Producer } from './part-statements';

const NOT_NEAR = -1;

export class NearbyProducers {
  /** By producer id; negative where it is not near. */
  readonly ranks: Int32Array;
  /** By rank, ascending. */
  private readonly chordsSquared: number[] = [];

  constructor(inCircle: readonly Producer[]) {
    const producers = inCircle.toSorted((a, b) => a.chordSquared - b.chordSquared);
    this.ranks = new Int32Array(1 + producers.reduce((highest, { id }) => Math.max(highest, id), 0)).fill(NOT_NEAR);
    for (const { id, chordSquared } of producers) {
      if (this.chordsSquared.at(-1) !== chordSquared) this.chordsSquared.push(chordSquared);
      this.ranks[id] = this.chordsSquared.length - 1;
    }
  }

  /** Where a product at this distance and with this id would be. */
  placeOf(beyond: SortKeys): CodedPlace {
    const [chordSquared, id] = beyond.map(Number) as [number, number];
    const code = firstFrom(this.chordsSquared.length, (at) => this.chordsSquared[at]! < chordSquared);
    return { code, id: this.chordsSquared[code] === chordSquared ? id : BEFORE_ALL_IDS };
  }
}
