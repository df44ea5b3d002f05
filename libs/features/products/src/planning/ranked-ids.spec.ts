import fc from 'fast-check';
import { NO_FILTER } from '../product-listing';
import type { ListPart } from './list-part';
import { rank } from './ranked-ids';

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

/** Few codes, so that many are equal; the id decides between those, as in the database. */
const products = fc.array(fc.nat(6), { maxLength: 40 }).map((codes) => codes.map((code, id) => ({ code, id: id + 1 })));

describe('top k by sort codes', () => {
  it.each(['asc', 'desc'] as const)('top k: the ranked ids contain the rows of every page, read %s', (direction) => {
    fc.assert(
      fc.property(products, fc.nat(45), fc.option(fc.nat(39), { nil: undefined }), (all, offset, place) => {
        const sorted = all.toSorted((a, b) => a.code - b.code || a.id - b.id);
        if (direction === 'desc') sorted.reverse();
        const start = place === undefined ? undefined : sorted[place];
        const rest = start === undefined ? sorted : sorted.slice(place! + 1);
        const from = start === undefined ? offset : 0;
        const coded = { codes: Uint32Array.from(all, ({ code }) => code), ids: Float64Array.from(all, ({ id }) => id) };
        const ranked = rank(coded, aPart({ direction, offset: from }), start?.code);
        const page = rest.slice(from, from + 3);
        if (ranked === undefined) expect(page).toEqual([]);
        else {
          const among = rest.filter(({ id }) => ranked.ids.includes(id));
          expect(among.slice(from - ranked.before, from - ranked.before + 3)).toEqual(page);
          for (const { code, id } of all)
            if (ranked.ids.includes(id)) expect(code >= ranked.lowest && code <= ranked.highest).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
