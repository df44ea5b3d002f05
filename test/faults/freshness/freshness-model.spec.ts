import type { ProductDraft } from '@catalogue';
import { aProduct } from '../../support/catalogue';
import type { ListQuery } from '../../support/brute-force';
import { pathOf, type CatalogueQuery, type PageQuery, type Seek } from './catalogue-query';
import { expectedFacts } from './expected-response';
import { FreshnessJudge, type Read } from './freshness-judge';
import { CatalogueHistory, withoutProduct, withProduct, type CatalogueState } from './freshness-model';

const FARM = { name: 'Farm', place: '', latitude: 19.99, longitude: 73.78 };
const EMPTY: CatalogueState = { products: new Map(), producers: new Map([['Farm', { ...FARM, id: 4 }]]) };

const product = (id: number, overrides: Partial<ProductDraft> = {}) =>
  aProduct({ externalId: `p${id}`, priceMinor: id * 100, createdAtMs: 0, producer: FARM, ...overrides });
const initial = [1, 2, 3, 4].reduce((state, id) => withProduct(state, id, product(id)), EMPTY);

/** Three changes of product 2, done at 10,000, 20,000 and 30,000; each took 100 ms. */
function threeChanges(): CatalogueHistory {
  const history = new CatalogueHistory(initial);
  const append = (doneAtMs: number, after: CatalogueState) => {
    const [before, changed] = [history.latest.products.get(2), after.products.get(2)];
    history.append(
      { type: 'test', externalId: 'p2', before, after: changed, sentAtMs: doneAtMs - 100, doneAtMs },
      after,
    );
  };
  append(10_000, withProduct(history.latest, 2, product(2, { stock: 0 })));
  append(20_000, withProduct(history.latest, 2, product(2, { stock: 0, priceMinor: 9_900 })));
  append(30_000, withoutProduct(history.latest, 2));
  return history;
}

const LIST: PageQuery & ListQuery = {
  ...{ sort: 'price', order: undefined, search: undefined, category: [], inStock: undefined },
  ...{ minPrice: undefined, maxPrice: undefined, near: undefined, radiusKm: 25, limit: 2 },
  ...{ producer: undefined, page: 1, count: undefined },
};
const toQuery = (list: Partial<PageQuery> = {}, seek?: Seek): CatalogueQuery => {
  const all = { ...LIST, ...list };
  return { kind: 'page', path: pathOf(all, undefined), list: all, ...(seek && { seek }) };
};
const PRODUCT: CatalogueQuery = { kind: 'product', path: '/products/2', id: 2 };
const CATEGORIES: CatalogueQuery = { kind: 'categories', path: '/categories' };

/** The response of the service to a query in this state. */
function bodyOf(query: CatalogueQuery, state: CatalogueState): string {
  const { rows, hasNext, hasPrevious, total } = expectedFacts(query, state);
  if (query.kind === 'product') return JSON.stringify({ ...rows[0], updatedAt: 'any' });
  if (query.kind === 'categories') return JSON.stringify({ data: rows });
  const cursors = { nextCursor: hasNext ? 'n' : null, previousCursor: hasPrevious ? 'p' : null };
  return JSON.stringify({ data: rows, pagination: { total, totalRelation: 'eq', ...cursors } });
}

function aRead(query: CatalogueQuery, sentAtMs: number, body: string, overrides: Partial<Read> = {}): Read {
  return {
    ...{ query, replica: 'replica 1', sentAtMs, receivedAtMs: sentAtMs + 10, status: 200, body },
    ...{ contentType: 'application/json', retryAfter: '', cacheStatus: 'FarmLokal; hit; ttl=9' },
    ...overrides,
  };
}

const queries = [toQuery({ limit: 4 }), toQuery({ inStock: true }), PRODUCT];

describe('freshness judge', () => {
  const history = threeChanges();
  const judge = new FreshnessJudge(history);
  const judged = (query: CatalogueQuery, sentAtMs: number, shown: number) =>
    judge.judge(aRead(query, sentAtMs, bodyOf(query, history.state(shown))));

  it.each(queries)('legal states: a response may lack a change that was done up to 1,000 ms ago ($path)', (query) => {
    for (const sentAtMs of [9_950, 10_500, 10_999]) expect(judged(query, sentAtMs, 0)).toBe('fresh');
    for (const sentAtMs of [9_890, 9_950, 10_500, 20_999]) expect(judged(query, sentAtMs, 1)).toBe('fresh');
  });

  it.each(queries)('stale response: it is a violation 1,001 ms after the change ($path)', (query) => {
    expect(judged(query, 11_001, 0)).toEqual({
      violation: expect.stringMatching(
        /^\/products.* at replica 1 \(200, FarmLokal; hit; ttl=9\): lacks test of p2: \{"stock":10\} → \{"stock":0\}, which was done 1001 ms before/,
      ) as string,
    });
    expect(judged(query, 35_000, 0)).toMatchObject({ violation: expect.stringContaining('25000 ms before') as string });
  });

  it('stale response: a response from before its change is a violation, and so is one from the future', () => {
    expect(judged(PRODUCT, 21_500, 1)).toMatchObject({ violation: expect.stringContaining('"priceMinor"') as string });
    expect(judged(PRODUCT, 15_000, 2)).toMatchObject({ violation: expect.stringContaining('no state') as string });
  });

  it('deleted product: a 404 is legal from the deletion, and a 200 is a violation 1,001 ms after it', () => {
    const missing = (sentAtMs: number) => judge.judge(aRead(PRODUCT, sentAtMs, '{}', { status: 404 }));
    expect([missing(29_950), missing(40_000)]).toEqual(['fresh', 'fresh']);
    expect(missing(29_000)).toHaveProperty('violation');
    expect(judged(PRODUCT, 31_001, 2)).toHaveProperty('violation');
  });

  it('categories: an outdated count is a violation', () => {
    expect([judged(CATEGORIES, 30_500, 2), judged(CATEGORIES, 31_500, 3)]).toEqual(['fresh', 'fresh']);
    expect(judged(CATEGORIES, 31_500, 2)).toHaveProperty('violation');
  });

  it('long request: all states while it was in progress are legal, and none older', () => {
    const longRead = (shown: number) =>
      judge.judge(aRead(PRODUCT, 15_000, bodyOf(PRODUCT, history.state(shown)), { receivedAtMs: 21_000 }));
    expect([longRead(1), longRead(2)]).toEqual(['fresh', 'fresh']);
    expect(longRead(0)).toHaveProperty('violation');
  });

  it.each<[string, (body: { data: Record<string, unknown>[]; pagination: Record<string, unknown> }) => void]>([
    ['a price', ({ data }) => (data[1]!['price'] = 7)],
    ['a name', ({ data }) => (data[1]!['name'] = 'Other')],
    ['a stock', ({ data }) => (data[1]!['stock'] = 7)],
    ['a position', ({ data }) => (data[1]!['producer'] = { ...(data[1]!['producer'] as object), latitude: 1 })],
    ['an id', ({ data }) => (data[1]!['id'] = 9)],
    ['an order', ({ data }) => data.reverse()],
    ['a missing product', ({ data }) => data.pop()],
    ['a total', ({ pagination }) => (pagination['total'] = 5)],
    ['a next page', ({ pagination }) => (pagination['nextCursor'] = 'n')],
  ])('planted difference: %s that no state contains is a violation', (_, plant) => {
    const query = queries[0]!;
    const body = JSON.parse(bodyOf(query, initial)) as Parameters<typeof plant>[0];
    plant(body);
    expect(judge.judge(aRead(query, 5_000, JSON.stringify(body)))).toHaveProperty('violation');
  });

  it('mixed page: rows of one legal state and the total of another are accepted only while both are legal', () => {
    const query = toQuery({ inStock: true, limit: 4 });
    const rowsBefore = JSON.parse(bodyOf(query, initial)) as { pagination: { total: number } };
    rowsBefore.pagination.total = 3;
    const body = JSON.stringify(rowsBefore);
    expect(judge.judge(aRead(query, 10_000, body))).toBe('mixed');
    expect(judge.judge(aRead(query, 11_001, body))).toHaveProperty('violation');
    expect(judge.judge(aRead(query, 5_000, body))).toHaveProperty('violation');
  });

  it('outages: a declared stale response and an honest 503 are not judged, other errors are violations', () => {
    const respond = (overrides: Partial<Read>) => judge.judge(aRead(PRODUCT, 50_000, '{}', overrides));
    const problem = { status: 503, contentType: 'application/problem+json' };
    expect(respond({ cacheStatus: 'FarmLokal; fwd=stale; fwd-status=503; ttl=-9' })).toBe('declared-stale');
    expect(respond({ ...problem, retryAfter: '1' })).toBe('unavailable');
    for (const dishonest of [problem, { status: 503, retryAfter: '1' }, { status: 500 }, { status: 400 }])
      expect(respond(dishonest)).toHaveProperty('violation');
  });
});

describe('expected pages', () => {
  const idsOf = (query: CatalogueQuery, state = initial) =>
    expectedFacts(query, state).rows.map((row) => ('id' in row ? row.id : 0));

  it.each<[string, Partial<PageQuery>, Seek['side'], number[]]>([
    ['forward', {}, 'after', [3, 4]],
    ['backward', {}, 'before', [1]],
    ['forward in descending order', { order: 'desc' }, 'after', [1]],
    ['backward in descending order', { order: 'desc' }, 'before', [4, 3]],
    ['forward through equal keys', { sort: 'name' }, 'after', [3, 4]],
    ['backward through relevance', { sort: undefined, search: 'tomato' }, 'before', [4, 3]],
  ])('cursor: a page %s begins beside the product of the cursor', (_, list, side, expected) => {
    expect(idsOf(toQuery(list, { side, id: 2, product: product(2) }))).toEqual(expected);
  });

  it('cursor: its position remains if its product moves or is deleted', () => {
    const query = toQuery({}, { side: 'after', id: 2, product: product(2) });
    expect(idsOf(query, withProduct(initial, 2, product(2, { priceMinor: 350 })))).toEqual([3, 2]);
    expect(idsOf(query, withoutProduct(initial, 2))).toEqual([3, 4]);
  });

  it('pages: neighbours and totals follow from the list', () => {
    const facts = (query: CatalogueQuery) => {
      const { hasNext, hasPrevious, total } = expectedFacts(query, initial);
      return { hasNext, hasPrevious, total };
    };
    expect(facts(toQuery())).toEqual({ hasNext: true, hasPrevious: false, total: 4 });
    expect(facts(toQuery({ page: 2 }))).toEqual({ hasNext: false, hasPrevious: true, total: 4 });
    expect(facts(toQuery({ page: 3 }))).toEqual({ hasNext: false, hasPrevious: false, total: 4 });
  });

  it('producers: a position moves all products of the producer, and a draft without one keeps it', () => {
    const away = { ...FARM, latitude: 20.5 };
    const unknown = { ...FARM, latitude: null, longitude: null };
    const moved = withProduct(initial, 1, product(1, { producer: away }));
    const kept = withProduct(moved, 3, product(3, { producer: unknown }));
    expect([...kept.products.values()].map(({ producer }) => producer.latitude)).toEqual([20.5, 20.5, 20.5, 20.5]);
  });
});
