/** Where producers are, some tens of bytes each, so that those near by are found without asking the database. */
import { chordSquaredBetween, chordSquaredOf, toUnitVector, type UnitVector } from './geography';
import type { Circle } from '../product-listing';

export interface PlacedProducer extends UnitVector {
  readonly id: number;
}

/** How far a producer is, as the square of the chord. */
export interface NearProducer {
  readonly id: number;
  readonly chordSquared: number;
}

export class ProducerPositions {
  private readonly ids: Float64Array;
  private readonly axes: Readonly<Record<keyof UnitVector, Float64Array>>;

  constructor(producers: readonly PlacedProducer[]) {
    this.ids = Float64Array.from(producers, ({ id }) => id);
    const axis = (name: keyof UnitVector) => Float64Array.from(producers, (producer) => producer[name]);
    this.axes = { x: axis('x'), y: axis('y'), z: axis('z') };
  }

  within(near: Circle): NearProducer[] {
    const centre = toUnitVector(near);
    const reach = chordSquaredOf(near.radiusKm);
    const found: NearProducer[] = [];
    for (let at = 0; at < this.ids.length; at++) {
      const chordSquared = chordSquaredBetween(this.at(at), centre);
      if (chordSquared <= reach) found.push({ id: this.ids[at]!, chordSquared });
    }
    return found;
  }

  private at(at: number): UnitVector {
    return { x: this.axes.x[at]!, y: this.axes.y[at]!, z: this.axes.z[at]! };
  }
}
