import fc from 'fast-check';
import { NO_FILTER } from '../product-listing';
import type { Segment } from './segment';
import { selectTopK } from './top-k';

const aPart = (differing: Partial<Segment>): Segment => ({
  filter: NO_FILTER,
  nameMatch: 'any',
  sort: 'price',
  direction: 'asc',
  after: undefined,
  offset: 0,
  limit: 3,
  ...differing,
});

/** Few codes, so that many are equal; the id decides between those, as in the database. */
const products = fc
  .array(fc.nat(6), { maxLength: 40 })
  .map((abbreviatedKeys) => abbreviatedKeys.map((abbreviatedKey, id) => ({ abbreviatedKey, id: id + 1 })));

describe('top k by sort codes', () => {
  it.each(['asc', 'desc'] as const)('top k: the ranked ids contain the rows of every page, read %s', (direction) => {
    fc.assert(
      fc.property(products, fc.nat(45), fc.option(fc.nat(39), { nil: undefined }), (all, offset, place) => {
        const sorted = all.toSorted((a, b) => a.abbreviatedKey - b.abbreviatedKey || a.id - b.id);
        if (direction === 'desc') sorted.reverse();
        const start = place === undefined ? undefined : sorted[place];
        const rest = start === undefined ? sorted : sorted.slice(place! + 1);
        const from = start === undefined ? offset : 0;
        const keyed = {
          abbreviatedKeys: Uint32Array.from(all, ({ abbreviatedKey }) => abbreviatedKey),
          ids: Float64Array.from(all, ({ id }) => id),
        };
        const ranked = selectTopK(keyed, aPart({ direction, offset: from }), start?.abbreviatedKey);
        const page = rest.slice(from, from + 3);
        if (ranked === undefined) expect(page).toEqual([]);
        else {
          const among = rest.filter(({ id }) => ranked.ids.includes(id));
          expect(among.slice(from - ranked.before, from - ranked.before + 3)).toEqual(page);
          for (const { abbreviatedKey, id } of all)
            if (ranked.ids.includes(id))
              expect(abbreviatedKey >= ranked.lowest && abbreviatedKey <= ranked.highest).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
