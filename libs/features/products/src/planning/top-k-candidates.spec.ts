import fc from 'fast-check';
import { BLOCK_IDS } from '../search-index/block';
import { keepIf, type KeyedIds } from '../search-index/keyed-ids';
import { Column, withValues } from '../search-index/column';
import { IdSet } from '../search-index/id-set';
import { MAX_ABBREVIATED_KEY } from '../search-index/abbreviated-keys';
import { NO_FILTER } from '../product-listing';
import { selectPage } from './page-selection';
import { topKCandidates } from './top-k-candidates';
import type { Segment } from './segment';

const BLOCKS = 3;
const EVERYTHING = IdSet.of(Array.from({ length: BLOCKS * BLOCK_IDS }, (_, id) => id));
const ANY_CODE = [0, MAX_ABBREVIATED_KEY] as const;

/** A column of three blocks: few values or many, and all of the matches where a walk comes last, too. */
function aColumn(abbreviatedKeyOf: (id: number) => number): Column {
  const column = new Column();
  for (let block = 0; block < BLOCKS; block++) {
    const values = Array.from(
      { length: BLOCK_IDS },
      (_, at) => [at, abbreviatedKeyOf(block * BLOCK_IDS + at)] as const,
    );
    column.store(block, new DataView(withValues(undefined, values).buffer));
  }
  return column;
}

const scattered = (id: number) => (id * 2_654_435_761) % 4_294_967_291;
const columns = [
  ['different codes', scattered],
  ['few codes', (id: number) => scattered(id) % 5],
  ['codes that rise with the id', (id: number) => id * 1_000],
  ['one code', () => 7],
] as const;

const sets = fc.constantFrom<(id: number) => boolean>(
  () => true,
  (id) => id % 3 === 0,
  (id) => scattered(id) % 500 === 0,
  (id) => id > BLOCKS * BLOCK_IDS - 400,
  (id) => scattered(id) < 100_000_000,
);

/** With the codes between which they lie, or not; found beforehand, or tested on the way. */
const ways = fc.record({ areBounded: fc.boolean(), areTested: fc.boolean() });

const thoseThatAre = (isIn: (id: number) => boolean) => (some: KeyedIds) => keepIf(some, (at) => isIn(some.ids[at]!));

describe.each(columns)('top-k candidates of a sort with %s', (_, abbreviatedKeyOf) => {
  const column = aColumn(abbreviatedKeyOf);

  it.each(['asc', 'desc'] as const)('top k: the page equals sorting all matches, read %s', (direction) => {
    const offsets = fc.oneof(fc.nat(60), fc.nat(BLOCKS * BLOCK_IDS));
    const places = fc.option(fc.nat(BLOCKS * BLOCK_IDS), { nil: undefined });
    fc.assert(
      fc.property(sets, ways, offsets, places, (isIn, { areBounded, areTested }, offset, startsAt) => {
        const members = Array.from({ length: BLOCKS * BLOCK_IDS }, (_unused, id) => id).filter(isIn);
        const sign = direction === 'asc' ? 1 : -1;
        const place = startsAt === undefined ? undefined : { id: startsAt, abbreviatedKey: abbreviatedKeyOf(startsAt) };
        const rest = members
          .filter(
            (id) => place === undefined || sign * (abbreviatedKeyOf(id) - place.abbreviatedKey || id - place.id) > 0,
          )
          .sort((a, b) => sign * (abbreviatedKeyOf(a) - abbreviatedKeyOf(b) || a - b));
        const from = place === undefined ? offset : 0;
        const segment: Segment = {
          ...{ filter: NO_FILTER, nameMatch: 'any', sort: 'price', after: undefined, limit: 21 },
          ...{ direction, offset: from },
        };
        const abbreviatedKeys = members.map(abbreviatedKeyOf).sort((a, b) => a - b);
        const bounds = areBounded ? ([abbreviatedKeys[0]!, abbreviatedKeys.at(-1)!] as const) : ANY_CODE;
        const matches = areTested
          ? { ids: EVERYTHING, count: EVERYTHING.count(), column, bounds, postFilter: thoseThatAre(isIn) }
          : { ids: IdSet.of(members), count: members.length, column, bounds, postFilter: undefined };
        const { keyed, before } = topKCandidates(matches, segment, place?.abbreviatedKey);
        const page = selectPage(keyed, { ...segment, offset: from - before }, place);
        expect(page.map(({ id }) => id)).toEqual(rest.slice(from, from + 21));
      }),
      { numRuns: 60 },
    );
  });
});

it('top k: the candidates are few of many matches', () => {
  const column = aColumn(scattered);
  const segment = { filter: NO_FILTER, nameMatch: 'any', sort: 'price', direction: 'asc', after: undefined } as const;
  const { keyed } = topKCandidates(
    { ids: EVERYTHING, count: EVERYTHING.count(), column, bounds: ANY_CODE, postFilter: undefined },
    { ...segment, offset: 0, limit: 21 },
    undefined,
  );
  expect(keyed.ids.length).toBeLessThan(3_000);
});
