import fc from 'fast-check';
import { latLngToCell } from 'h3-js';
import {
  cellsAround,
  chordSquaredBetween,
  chordSquaredOf,
  distanceKmOf,
  positionColumnsOf,
  toUnitVector,
} from './geography';

const KM_PER_DEGREE = (2 * Math.PI * 6_371.0088) / 360;
const positions = fc.record({
  latitude: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, -89.99, 0, 89.99, 90)),
  longitude: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-180, -179.99, 0, 179.99, 180)),
});

/**
 * Returns the point at that distance and bearing. Source: E. Williams, Aviation Formulary, "lat/lon given radial and
 * distance".
 */
function pointAt({ latitude, longitude }: { latitude: number; longitude: number }, km: number, bearing: number) {
  const radians = Math.PI / 180;
  const [phi, angle] = [latitude * radians, km / 6_371.0088];
  const sinPhi = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing);
  const along = Math.atan2(
    Math.sin(bearing) * Math.sin(angle) * Math.cos(phi),
    Math.cos(angle) - Math.sin(phi) * sinPhi,
  );
  const degrees = longitude + along / radians;
  return {
    latitude: Math.asin(Math.max(-1, Math.min(1, sinPhi))) / radians,
    longitude: ((((degrees + 180) % 360) + 360) % 360) - 180,
  };
}

describe('great-circle distance', () => {
  it.each([
    ['a degree along the equator', [0, 10], [0, 11], KM_PER_DEGREE],
    ['a degree along a meridian', [45, 10], [46, 10], KM_PER_DEGREE],
    ['across the antimeridian', [0, 179.5], [0, -179.5], KM_PER_DEGREE],
    ['across the pole', [89.5, 0], [89.5, 180], KM_PER_DEGREE],
    ['to the antipode', [20, 73], [-20, -107], 180 * KM_PER_DEGREE],
    ['from Nashik to Pune', [19.9975, 73.7898], [18.5204, 73.8567], 164.4],
  ])('great-circle distance: %s', (_, [latitudeA = 0, longitudeA = 0], [latitudeB = 0, longitudeB = 0], km) => {
    const a = toUnitVector({ latitude: latitudeA, longitude: longitudeA });
    const b = toUnitVector({ latitude: latitudeB, longitude: longitudeB });
    expect(distanceKmOf(chordSquaredBetween(a, b))).toBeCloseTo(km, 0);
  });

  it('chord length: converting a distance to a chord and back returns the distance', () => {
    for (const km of [0, 0.1, 25, 500]) expect(distanceKmOf(chordSquaredOf(km))).toBeCloseTo(km, 6);
  });
});

describe('H3 cells around a position', () => {
  it('H3 cells: every point within the radius is in one of the cells, anywhere on Earth', () => {
    fc.assert(
      fc.property(
        positions,
        fc.constantFrom(0.1, 5, 25, 50, 51, 200, 500),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        (centre, radiusKm, share, bearing) => {
          const point = pointAt(centre, radiusKm * share, bearing);
          const { size, cells } = cellsAround(centre, radiusKm);
          expect(cells).toContain(latLngToCell(point.latitude, point.longitude, size === 'fine' ? 5 : 3));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('H3 cells: a circle has fewer than 250 cells, few enough for one statement', () => {
    for (const radiusKm of [0.1, 50, 51, 500])
      expect(cellsAround({ latitude: 20, longitude: 73 }, radiusKm).cells.length).toBeLessThan(250);
  });
});

it('H3 cells: a producer without a position has no cells', () => {
  expect(positionColumnsOf({ latitude: null, longitude: 10 })).toEqual([null, null, null, null, null]);
});
