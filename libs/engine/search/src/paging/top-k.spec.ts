import fc from 'fast-check';
import type { PageWindow } from './page-window';
import { selectTopK } from './top-k';

const aPage = (overrides: Partial<PageWindow>): PageWindow => ({
  direction: 'asc',
  offset: 0,
  limit: 3,
  ...overrides,
});

/** Few abbreviated keys, so that many are equal; the id decides between those, as in the database. */
const products = fc
  .array(fc.nat(6), { maxLength: 40 })
  .map((abbreviatedKeys) => abbreviatedKeys.map((abbreviatedKey, id) => ({ abbreviatedKey, id: id + 1 })));

describe('top k by abbreviated key', () => {
  it.each(['asc', 'desc'] as const)('top k: the selected ids contain the rows of every page, read %s', (direction) => {
    fc.assert(
      fc.property(products, fc.nat(45), fc.option(fc.nat(39), { nil: undefined }), (all, offset, startRank) => {
        const sorted = all.toSorted((a, b) => a.abbreviatedKey - b.abbreviatedKey || a.id - b.id);
        if (direction === 'desc') sorted.reverse();
        const start = startRank === undefined ? undefined : sorted[startRank];
        const rest = start === undefined ? sorted : sorted.slice(startRank! + 1);
        const from = start === undefined ? offset : 0;
        const keyed = {
          abbreviatedKeys: Uint32Array.from(all, ({ abbreviatedKey }) => abbreviatedKey),
          ids: Float64Array.from(all, ({ id }) => id),
        };
        const topK = selectTopK(keyed, aPage({ direction, offset: from }), start?.abbreviatedKey);
        const page = rest.slice(from, from + 3);
        if (topK === undefined) expect(page).toEqual([]);
        else {
          const candidates = rest.filter(({ id }) => topK.ids.includes(id));
          expect(candidates.slice(from - topK.before, from - topK.before + 3)).toEqual(page);
          for (const { abbreviatedKey, id } of all)
            if (topK.ids.includes(id))
              expect(abbreviatedKey >= topK.lowest && abbreviatedKey <= topK.highest).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
