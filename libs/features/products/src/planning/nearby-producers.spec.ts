import { BEFORE_ALL_IDS } from './exact-page';
import { NearbyProducers } from './nearby-producers';

describe('the producers near by', () => {
  const nearby = new NearbyProducers([
    { id: 7, chordSquared: 0.3 },
    { id: 2, chordSquared: 0.1 },
    { id: 5, chordSquared: 0.3 },
  ]);

  it('are ranked by their distance, those at one distance alike', () => {
    expect([2, 7, 5].map((id) => nearby.ranks[id])).toEqual([0, 1, 1]);
  });

  it('are no others', () => {
    expect([0, 1, 3, 4, 6].every((id) => nearby.ranks[id]! < 0)).toBe(true);
    expect(nearby.ranks[8]).toBeUndefined();
  });

  it('say where a product would be: at a distance, or before all that are farther', () => {
    expect(nearby.placeOf([0.3, 40])).toEqual({ code: 1, id: 40 });
    expect(nearby.placeOf([0.2, 40])).toEqual({ code: 1, id: BEFORE_ALL_IDS });
    expect(nearby.placeOf([0.4, 40])).toEqual({ code: 2, id: BEFORE_ALL_IDS });
  });

  it('may be none', () => {
    expect(new NearbyProducers([]).placeOf([0.1, 1])).toEqual({ code: 0, id: BEFORE_ALL_IDS });
  });
});
