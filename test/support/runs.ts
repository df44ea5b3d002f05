/**
 * How many random cases the database suite and the HTTP contract try: a fifth of them with `npm test`, all of them if
 * FARMLOKAL_TEST_THOROUGH is 1, as `.ci/run` sets it for the stages on MySQL.
 */
export const isThorough = process.env['FARMLOKAL_TEST_THOROUGH'] === '1';

export function runs(all: number): { numRuns: number } {
  return { numRuns: isThorough ? all : Math.ceil(all / 5) };
}
