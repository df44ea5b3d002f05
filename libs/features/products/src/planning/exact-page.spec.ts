import fc from 'fast-check';
import { NO_FILTER } from '../product-listing';
import { BEFORE_ALL_IDS, exactPage } from './exact-page';
import type { ListPart } from './list-part';

const aPart = (differing: Partial<ListPart>): ListPart => ({
  filter: NO_FILTER,
  nameMatch: 'any',
  sort: 'price',
  direction: 'asc',
  beyond: undefined,
  offset: 0,
  limit: 3,
  ...differing,
});

/** Few codes, so that many are equal. */
const products = fc.uniqueArray(fc.record({ code: fc.nat(6), id: fc.nat(500) }), {
  maxLength: 40,
  selector: ({ id }) => id,
});

describe('page selection', () => {
  it.each(['asc', 'desc'] as const)(
    'exact page: it equals sorting all products by code and id, read %s',
    (direction) => {
      fc.assert(
        fc.property(
          products,
          fc.nat(45),
          fc.option(fc.record({ code: fc.nat(7), id: fc.oneof(fc.nat(500), fc.constant(BEFORE_ALL_IDS)) }), {
            nil: undefined,
          }),
          (all, offset, place) => {
            const sign = direction === 'asc' ? 1 : -1;
            const compare = (a: { code: number; id: number }, b: { code: number; id: number }) =>
              sign * (a.code - b.code || a.id - b.id);
            const rest = all
              .filter((product) => place === undefined || compare(product, place) > 0)
              .toSorted((a, b) => compare(a, b));
            const part = aPart({ direction, offset: place === undefined ? offset : 0 });
            const byId = all.toSorted((a, b) => a.id - b.id);
            const codes = Uint32Array.from(byId, ({ code }) => code);
            const page = exactPage({ codes, ids: Float64Array.from(byId, ({ id }) => id) }, part, place);
            expect(page).toEqual(rest.slice(part.offset, part.offset + 3));
          },
        ),
        { numRuns: 1_000 },
      );
    },
  );
});
