/** `near` and `radiusKm`: products whose producer is within a circle. */
import { cellsAround, chordSquaredFrom, chordSquaredOf, toUnitVector, type Circle, type Position } from '@catalogue';
import { joinSql, sql, trustedSql, type SqlFragment } from '@platform/database';
import { AmountParameter, CoordinatesParameter, Rule } from '@platform/http';
import type { Condition, Filter } from './filter';

const DEFAULT_RADIUS_KM = 25;

class NearParameters {
  @CoordinatesParameter({
    description:
      'Latitude and longitude in degrees (WGS 84). Matches products whose producer is within `radiusKm`; ' +
      'each of them has a `distanceKm`.',
    example: '19.99,73.78',
  })
  readonly near?: Position;

  @Rule('needs-near', (_, { near }: NearParameters) => near !== undefined, () => 'radiusKm requires near')
  @AmountParameter({
    min: 0.1,
    max: 500,
    description: `Radius around \`near\` in kilometres; the default is ${DEFAULT_RADIUS_KM}`,
  })
  readonly radiusKm?: number;
}

interface NearValues {
  /** Only products of producers within the circle. */
  readonly near: Circle | undefined;
}

export const nearFilter: Filter<NearParameters, NearValues> = {
  parameters: NearParameters,
  read: ({ near, radiusKm }) => ({ near: near && { ...near, radiusKm: radiusKm ?? DEFAULT_RADIUS_KM } }),
  toParameters: ({ near }) => ({
    near: near && `${near.latitude + 0},${near.longitude + 0}`, // −0 is 0
    radiusKm: near?.radiusKm,
  }),
  conditionOf: ({ near }) =>
    near && { sql: () => isWithin(near), matches: matcherOf(near), circle: near, usesProducer: true },
};

function isWithin(near: Circle): SqlFragment[] {
  const { size, cells } = cellsAround(near, near.radiusKm);
  return [
    sql`${trustedSql(`f.cell_${size}`)} IN (${joinSql(cells, ', ')})`,
    sql`${chordSquaredSql(near)} <= ${double(chordSquaredOf(near.radiusKm))}`,
  ];
}

function matcherOf(near: Circle): Condition['matches'] {
  const chordSquaredTo = chordSquaredFrom(near);
  const maxChordSquared = chordSquaredOf(near.radiusKm);
  return ({ position }) => position !== null && chordSquaredTo(position) <= maxChordSquared;
}

/**
 * Squared chord between the producer `f` and the centre. The operations are in the order of `chordSquaredBetween`, so
 * that rounding is identical.
 */
export function chordSquaredSql(centre: Position): SqlFragment {
  const { x, y, z } = toUnitVector(centre);
  const square = (axis: string, value: number) => {
    const difference = sql`(${trustedSql(`f.${axis}`)} - ${double(value)})`;
    return sql`${difference} * ${difference}`;
  };
  return sql`(${square('x', x)} + ${square('y', y)} + ${square('z', z)})`;
}

/**
 * A bound DOUBLE. As a literal, SQLite reads about one in 5,000 doubles as a neighbouring one; without the cast, MySQL
 * treats the value as a DECIMAL.
 */
export function double(value: number): SqlFragment {
  return sql`CAST(${value} AS DOUBLE)`;
}
