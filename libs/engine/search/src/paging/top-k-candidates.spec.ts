import fc from 'fast-check';
import { BLOCK_IDS } from '../blocks/block';
import { MAX_ABBREVIATED_KEY } from '../ids/abbreviated-keys';
import { Column, withValues } from '../ids/column';
import { IdSet } from '../ids/id-set';
import { filterKeyedIds, type KeyedIds } from '../ids/keyed-ids';
import { selectPage } from './page-selection';
import type { PageWindow } from './page-window';
import { topKCandidates } from './top-k-candidates';

const BLOCKS = 3;
const ALL_IDS = IdSet.of(Array.from({ length: BLOCKS * BLOCK_IDS }, (_, id) => id));
const ALL_KEYS = [0, MAX_ABBREVIATED_KEY] as const;

function createColumn(abbreviatedKeyOf: (id: number) => number): Column {
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
  ['distinct keys', scattered],
  ['few distinct keys', (id: number) => scattered(id) % 5],
  ['keys that increase with the id', (id: number) => id * 1_000],
  ['equal keys', () => 7],
] as const;

const sets = fc.constantFrom<(id: number) => boolean>(
  () => true,
  (id) => id % 3 === 0,
  (id) => scattered(id) % 500 === 0,
  (id) => id > BLOCKS * BLOCK_IDS - 400,
  (id) => scattered(id) < 100_000_000,
);

/** With or without bounds of the abbreviated keys; filtered in advance, or by a post-filter. */
const variants = fc.record({ areBounded: fc.boolean(), arePostFiltered: fc.boolean() });

const filterOf = (isIn: (id: number) => boolean) => (keyed: KeyedIds) =>
  filterKeyedIds(keyed, (at) => isIn(keyed.ids[at]!));

describe.each(columns)('top-k candidates of a sort with %s', (_, abbreviatedKeyOf) => {
  const column = createColumn(abbreviatedKeyOf);
  const ascending = ALL_IDS.toArray().sort((a, b) => abbreviatedKeyOf(a) - abbreviatedKeyOf(b) || a - b);

  it.each(['asc', 'desc'] as const)('top k: the page equals sorting all matches, read %s', (direction) => {
    const offsets = fc.oneof(fc.nat(60), fc.nat(BLOCKS * BLOCK_IDS));
    const positions = fc.option(fc.nat(BLOCKS * BLOCK_IDS), { nil: undefined });
    fc.assert(
      fc.property(sets, variants, offsets, positions, (isIn, { areBounded, arePostFiltered }, offset, startId) => {
        const members = ascending.filter(isIn);
        const sign = direction === 'asc' ? 1 : -1;
        const start = startId === undefined ? undefined : { id: startId, abbreviatedKey: abbreviatedKeyOf(startId) };
        const rest = (direction === 'asc' ? members : members.toReversed()).filter(
          (id) => start === undefined || sign * (abbreviatedKeyOf(id) - start.abbreviatedKey || id - start.id) > 0,
        );
        const from = start === undefined ? offset : 0;
        const window: PageWindow = { direction, offset: from, limit: 21 };
        const [lowest, highest] = [members[0]!, members.at(-1)!].map(abbreviatedKeyOf) as [number, number];
        const bounds = areBounded ? ([lowest, highest] as const) : ALL_KEYS;
        const matches = arePostFiltered
          ? { ids: ALL_IDS, count: ALL_IDS.count(), column, bounds, postFilter: filterOf(isIn) }
          : { ids: IdSet.of(members), count: members.length, column, bounds, postFilter: undefined };
        const { keyed, before } = topKCandidates(matches, window, start?.abbreviatedKey);
        const page = selectPage(keyed, { ...window, offset: from - before }, start);
        expect(page.map(({ id }) => id)).toEqual(rest.slice(from, from + 21));
      }),
      { numRuns: 40 },
    );
  });
});

it('top k: only few of many matches are candidates', () => {
  const column = createColumn(scattered);
  const { keyed } = topKCandidates(
    { ids: ALL_IDS, count: ALL_IDS.count(), column, bounds: ALL_KEYS, postFilter: undefined },
    { direction: 'asc', offset: 0, limit: 21 },
    undefined,
  );
  expect(keyed.ids.length).toBeLessThan(3_000);
});
