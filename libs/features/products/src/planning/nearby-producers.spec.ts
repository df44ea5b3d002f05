import { Column, withValues } from '../search-index/column';
import { IdSet } from '../search-index/id-set';
import { BEFORE_ALL_IDS } from './page-selection';
import { NearbyProducers } from './nearby-producers';

describe('nearby producers', () => {
  const nearby = new NearbyProducers([
    { id: 7, chordSquared: 0.3 },
    { id: 2, chordSquared: 0.1 },
    { id: 5, chordSquared: 0.3 },
  ]);

  it('distance rank: producers are ranked by distance, those at one distance equally', () => {
    expect([...nearby.ranksOf(Uint32Array.of(2, 7, 5))]).toEqual([0, 1, 1]);
  });

  it.each([
    ['ids of a usual size', nearby, 7],
    [
      'ids that are too large for a bitmap',
      new NearbyProducers([{ id: 4_000_000_000, chordSquared: 0.1 }]),
      4_000_000_000,
    ],
  ])('producer filter: only products of nearby producers are kept, with %s', (_, producers, near) => {
    const keyed = { abbreviatedKeys: Uint32Array.of(10, 20, 30), ids: Float64Array.of(1, 2, 3) };
    expect([...producers.storeInL1(keyed, Uint32Array.of(near, 8, near)).ids]).toEqual([1, 3]);
    const column = new Column();
    const values = [near, 8, near].map((value, at) => [at + 1, value] as const);
    column.store(0, new DataView(withValues(undefined, values).buffer));
    const ids = IdSet.of([1, 2, 3]);
    producers.filter(ids, column);
    expect(ids.toArray()).toEqual([1, 3]);
  });

  it('seek position: a product is at its distance, or before all that are farther', () => {
    expect(nearby.positionOf([0.3, 40])).toEqual({ abbreviatedKey: 1, id: 40 });
    expect(nearby.positionOf([0.2, 40])).toEqual({ abbreviatedKey: 1, id: BEFORE_ALL_IDS });
    expect(nearby.positionOf([0.4, 40])).toEqual({ abbreviatedKey: 2, id: BEFORE_ALL_IDS });
  });

  it('seek position: without producers it is before the first rank', () => {
    expect(new NearbyProducers([]).positionOf([0.1, 1])).toEqual({ abbreviatedKey: 0, id: BEFORE_ALL_IDS });
  });
});
