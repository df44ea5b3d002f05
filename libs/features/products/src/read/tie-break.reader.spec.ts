import { SORT_KEYS } from '@catalogue';
import { Column, fingerprintOf, selectTopK, withValues } from '@engine/search';
import type { SqlFragment } from '@platform/database';
import fc from 'fast-check';
import { NO_FILTER } from '../filters/product-filters';
import type { Segment } from '../query/segment';
import { MAX_IDS, SegmentStatements } from './segment-statements';
import { TieBreakReader } from './tie-break.reader';

interface StoredProduct {
  readonly id: number;
  readonly nameText: string;
  readonly createdAtMs: number;
  readonly isMatch: boolean;
}

/** In-memory product table that executes the statements of a tie-break and records them. */
class Products {
  readonly statements: SqlFragment[] = [];
  /** Number of entries of the sort index that were read. */
  scanned = 0;

  constructor(private readonly all: readonly StoredProduct[]) {}

  read(statement: SqlFragment): Promise<unknown[]> {
    this.statements.push(statement);
    return Promise.resolve(this.execute(statement));
  }

  private execute({ text, values }: SqlFragment): unknown[] {
    const keyOf = (product: StoredProduct) => (text.includes('name_text') ? product.nameText : product.createdAtMs);
    if (text.includes('MIN(')) {
      const [from, to] = values as [number, number];
      const times = this.all.map(({ createdAtMs }) => createdAtMs).filter((time) => time >= from && time <= to);
      return [{ earliest: Math.min(...times), latest: Math.max(...times) }];
    }
    if (text.includes('p.id IN'))
      return this.all.filter(({ id }) => values.includes(id)).map((each) => ({ id: each.id, sortKey: keyOf(each) }));
    return this.entries(text, values, keyOf);
  }

  /** Entries of the sort index after the seek position in the statement. */
  private entries(text: string, values: readonly unknown[], keyOf: (product: StoredProduct) => string | number) {
    const isAsc = text.includes(' asc');
    const inOrder = [...this.all].sort((a, b) => compare(keyOf(a), keyOf(b)) || a.id - b.id);
    if (!isAsc) inOrder.reverse();
    const limit = Number(values.at(-1));
    const after = text.includes('p.id >') || text.includes('p.id <') ? [values[0], values[2]] : undefined;
    const isAfter = (product: StoredProduct) => {
      if (after === undefined) return true;
      const order = compare(keyOf(product), after[0] as string) || product.id - Number(after[1]);
      return isAsc ? order > 0 : order < 0;
    };
    const entries = inOrder.filter(isAfter).slice(0, limit);
    this.scanned += entries.length;
    return entries.map((each) => ({ id: each.id, sortKey: keyOf(each) }));
  }
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}

function aSegment(overrides: Partial<Segment>): Segment {
  const filter = NO_FILTER;
  return {
    filter,
    nameMatch: 'any',
    sort: 'name',
    direction: 'asc',
    after: undefined,
    offset: 0,
    limit: 4,
    ...overrides,
  };
}

function columnsOf(all: readonly StoredProduct[]) {
  const columnOf = (valueOf: (product: StoredProduct) => number) => {
    const column = new Column();
    column.store(
      0,
      new DataView(
        withValues(
          undefined,
          all.map((each) => [each.id, valueOf(each)] as const),
        ).buffer,
      ),
    );
    return column;
  };
  return {
    name: columnOf(({ nameText }) => SORT_KEYS.name.abbreviate(nameText)),
    createdAt: columnOf(({ createdAtMs }) => SORT_KEYS.createdAt.abbreviate(createdAtMs)),
    nameHigh: columnOf(({ nameText }) => fingerprintOf(nameText).high),
    nameLow: columnOf(({ nameText }) => fingerprintOf(nameText).low),
  };
}

async function select(all: readonly StoredProduct[], segment: Segment) {
  const sort = segment.sort as 'name' | 'createdAt';
  const columns = columnsOf(all);
  const matching = all.filter(({ isMatch }) => isMatch);
  const keyOf = (product: StoredProduct) => (sort === 'name' ? product.nameText : product.createdAtMs);
  const keyed = {
    abbreviatedKeys: Uint32Array.from(matching, (product) => SORT_KEYS[sort].abbreviate(keyOf(product))),
    ids: Float64Array.from(matching, ({ id }) => id),
  };
  const topK = selectTopK(keyed, segment, segment.after && SORT_KEYS[sort].abbreviate(segment.after[0]!));
  const products = new Products(all);
  if (topK === undefined) return { page: [], statements: products.statements, scanned: 0 };
  const tied = { ...segment, offset: segment.offset - topK.before };
  const columnOf = (name: string) => columns[name as keyof typeof columns];
  const reader = new TieBreakReader(new SegmentStatements('mysql'));
  const page = await reader.pageOf({ segment: tied, sort, topK, columnOf }, products as never);
  return { page: page.map(({ id }) => id), statements: products.statements, scanned: products.scanned };
}

function expected(all: readonly StoredProduct[], { sort, direction, after, offset, limit }: Segment): number[] {
  const keyOf = (product: StoredProduct) => (sort === 'name' ? product.nameText : product.createdAtMs);
  const sign = direction === 'asc' ? 1 : -1;
  const inOrder = (a: StoredProduct, b: StoredProduct) => sign * (compare(keyOf(a), keyOf(b)) || a.id - b.id);
  const isAfter = (product: StoredProduct) =>
    after === undefined || sign * (compare(keyOf(product), after[0]!) || product.id - Number(after[1])) > 0;
  const matching = all.filter((product) => product.isMatch && isAfter(product)).sort(inOrder);
  return matching.slice(offset, offset + limit).map(({ id }) => id);
}

const NOW_MS = Date.UTC(2026, 9, 31);
const catalogues = {
  'one creation time, as after an import': (at: number) => ({ nameText: ` organic ${at % 9} `, createdAtMs: NOW_MS }),
  'few creation times of several seconds': (at: number) => ({
    nameText: ` organic ${at % 700} `,
    createdAtMs: NOW_MS + 1_000 * (at % 3),
  }),
  'several creation times of one second': (at: number) => ({
    nameText: ` organic ${at} `,
    createdAtMs: NOW_MS + (at % 7),
  }),
};

describe.each(Object.entries(catalogues))('tie-break among products with %s', (_, keysAt) => {
  const productsOf = (share: number): StoredProduct[] =>
    Array.from({ length: 2_500 }, (_unused, at) => ({ id: at + 1, ...keysAt(at * 7), isMatch: at % share === 0 }));

  it('tie-break: the page equals sorting all products, from any position in either direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 5, 400),
        fc.constantFrom('name' as const, 'createdAt' as const),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.nat(2_600),
        fc.option(fc.nat(2_499), { nil: undefined }),
        async (share, sort, direction, offset, start) => {
          const all = productsOf(share);
          const first = start === undefined ? undefined : all[start];
          const after = first && ([sort === 'name' ? first.nameText : first.createdAtMs, first.id] as const);
          const segment = aSegment({ sort, direction, after, offset: after === undefined ? offset : 0 });
          const { page, statements } = await select(all, segment);
          expect(page).toEqual(expected(all, segment));
          for (const { values } of statements) expect(values.length).toBeLessThanOrEqual(MAX_IDS + 1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('tie-break: a deep page of an import is selected by one statement', async () => {
  const all = Array.from({ length: 5_000 }, (_, at) => ({
    id: at + 1,
    nameText: ` organic ${at} `,
    createdAtMs: NOW_MS,
    isMatch: true,
  }));
  const { page, statements } = await select(all, aSegment({ sort: 'createdAt', direction: 'desc', offset: 4_000 }));
  expect(page).toEqual([1_000, 999, 998, 997]);
  expect(statements).toHaveLength(1);
});

it('tie-break: a scan ends when reading all keys would cost less, as if all matches are at the end', async () => {
  const matches = 1_000;
  const all = Array.from({ length: 40_000 }, (_, at) => ({
    id: at + 1,
    nameText: ` organic ${String(at).padStart(5, '0')} `,
    createdAtMs: NOW_MS,
    isMatch: at >= 40_000 - matches,
  }));
  const { page, scanned } = await select(all, aSegment({ sort: 'name' }));
  expect(page).toEqual([39_001, 39_002, 39_003, 39_004]);
  expect(scanned).toBeGreaterThan(0);
  expect(scanned).toBeLessThan(8 * matches);
});
