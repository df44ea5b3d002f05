import fc from 'fast-check';
import { BEFORE_ALL_IDS, selectPage } from './page-selection';
import type { PageWindow } from './page-window';

const aPage = (overrides: Partial<PageWindow>): PageWindow => ({
  direction: 'asc',
  offset: 0,
  limit: 3,
  ...overrides,
});

/** Few abbreviated keys, so that many are equal. */
const products = fc.uniqueArray(fc.record({ abbreviatedKey: fc.nat(6), id: fc.nat(500) }), {
  maxLength: 40,
  selector: ({ id }) => id,
});

describe('page selection', () => {
  it.each(['asc', 'desc'] as const)(
    'page selection: the page equals sorting all products by abbreviated key and id, read %s',
    (direction) => {
      fc.assert(
        fc.property(
          products,
          fc.nat(45),
          fc.option(fc.record({ abbreviatedKey: fc.nat(7), id: fc.oneof(fc.nat(500), fc.constant(BEFORE_ALL_IDS)) }), {
            nil: undefined,
          }),
          (all, offset, start) => {
            const sign = direction === 'asc' ? 1 : -1;
            const compare = (a: { abbreviatedKey: number; id: number }, b: { abbreviatedKey: number; id: number }) =>
              sign * (a.abbreviatedKey - b.abbreviatedKey || a.id - b.id);
            const rest = all
              .filter((product) => start === undefined || compare(product, start) > 0)
              .toSorted((a, b) => compare(a, b));
            const window = aPage({ direction, offset: start === undefined ? offset : 0 });
            const byId = all.toSorted((a, b) => a.id - b.id);
            const abbreviatedKeys = Uint32Array.from(byId, ({ abbreviatedKey }) => abbreviatedKey);
            const page = selectPage({ abbreviatedKeys, ids: Float64Array.from(byId, ({ id }) => id) }, window, start);
            expect(page).toEqual(rest.slice(window.offset, window.offset + 3));
          },
        ),
        { numRuns: 1_000 },
      );
    },
  );
});
