/** Positions of producers in memory, some tens of bytes each, so that nearby ones are found without a query. */
import { chordSquaredFrom, chordSquaredOf, type Circle, type UnitVector } from '@catalogue';

export interface ProducerPosition extends UnitVector {
  readonly id: number;
}

/** A producer and the squared chord to it. */
export interface NearbyProducer {
  readonly id: number;
  readonly chordSquared: number;
}

export class ProducerPositions {
  private readonly ids: Float64Array;
  private readonly axes: Readonly<Record<keyof UnitVector, Float64Array>>;

  constructor(producers: readonly ProducerPosition[]) {
    this.ids = Float64Array.from(producers, ({ id }) => id);
    const axis = (name: keyof UnitVector) => Float64Array.from(producers, (producer) => producer[name]);
    this.axes = { x: axis('x'), y: axis('y'), z: axis('z') };
  }

  within(near: Circle): NearbyProducer[] {
    const chordSquaredTo = chordSquaredFrom(near);
    const maxChordSquared = chordSquaredOf(near.radiusKm);
    const nearby: NearbyProducer[] = [];
    for (let at = 0; at < this.ids.length; at++) {
      const chordSquared = chordSquaredTo(this.at(at));
      if (chordSquared <= maxChordSquared) nearby.push({ id: this.ids[at]!, chordSquared });
    }
    return nearby;
  }

  private at(at: number): UnitVector {
    return { x: this.axes.x[at]!, y: this.axes.y[at]!, z: this.axes.z[at]! };
  }
}
