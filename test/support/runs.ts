/**
 * Number of random cases of property tests: a fifth in `npm test`, all if FARMLOKAL_TEST_THOROUGH is 1. `.ci/run` sets
 * the variable for the stages on MySQL.
 */
export const isThorough = process.env['FARMLOKAL_TEST_THOROUGH'] === '1';

export function runs(all: number): { numRuns: number } {
  return { numRuns: isThorough ? all : Math.ceil(all / 5) };
}
