import { BEFORE_ALL_IDS, Column, IdSet, withValues } from '@engine/search';
import { NearbyProducers } from './nearby-producers';

describe('nearby producers', () => {
  const nearby = new NearbyProducers([
    { id: 7, chordSquared: 0.3 },
    { id: 2, chordSquared: 0.1 },
    { id: 5, chordSquared: 0.3 },
  ]);

  it('distance rank: producers are ranked by distance, and those at equal distance share a rank', () => {
    expect([...nearby.ranksOf(Uint32Array.of(2, 7, 5))]).toEqual([0, 1, 1]);
  });

  it.each([
    ['small ids', nearby, 7],
    [
      'ids that are too large for a bitmap',
      new NearbyProducers([{ id: 4_000_000_000, chordSquared: 0.1 }]),
      4_000_000_000,
    ],
  ])('producer filter: it keeps only products of nearby producers, with %s', (_, producers, nearbyId) => {
    const keyed = { abbreviatedKeys: Uint32Array.of(10, 20, 30), ids: Float64Array.of(1, 2, 3) };
    expect([...producers.keepNearby(keyed, Uint32Array.of(nearbyId, 8, nearbyId)).ids]).toEqual([1, 3]);
    const column = new Column();
    const values = [nearbyId, 8, nearbyId].map((value, at) => [at + 1, value] as const);
    column.store(0, new DataView(withValues(undefined, values).buffer));
    const ids = IdSet.of([1, 2, 3]);
    producers.filter(ids, column);
    expect(ids.toArray()).toEqual([1, 3]);
  });

  it('seek position: it has the rank of its distance, or precedes all products that are farther', () => {
    expect(nearby.positionOf([0.3, 40])).toEqual({ abbreviatedKey: 1, id: 40 });
    expect(nearby.positionOf([0.2, 40])).toEqual({ abbreviatedKey: 1, id: BEFORE_ALL_IDS });
    expect(nearby.positionOf([0.4, 40])).toEqual({ abbreviatedKey: 2, id: BEFORE_ALL_IDS });
  });

  it('seek position: without producers it precedes the first rank', () => {
    expect(new NearbyProducers([]).positionOf([0.1, 1])).toEqual({ abbreviatedKey: 0, id: BEFORE_ALL_IDS });
  });
});
