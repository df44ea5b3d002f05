import fc from 'fast-check';
import { NO_FILTER } from '../filters/product-filters';
import { shownBy, type ListBasis, type ResponseBasis } from './basis';
import {
  applyChange,
  catalogues,
  changes,
  listRequests,
  requests,
  respond,
  type ModelCatalogue,
  type ModelChange,
  type ModelRequest,
} from './catalogue-model.fake';
import { outdatingRuleOf, type Rule } from './outdating-rules';
import type { ProductTransition, ResolvedChange } from './resolved-change';

/** Returns whether the response differs after the change, and the rule that outdates it. */
function judge(catalogue: ModelCatalogue, request: ModelRequest, change: ModelChange) {
  const response = respond(catalogue, request);
  const { catalogue: changed, resolved } = applyChange(catalogue, change);
  if (response === undefined || resolved === undefined) return undefined;
  const basis = JSON.parse(JSON.stringify(response.basis)) as ResponseBasis; // as Redis stores it
  return { differs: respond(changed, request)?.body !== response.body, rule: outdatingRuleOf(basis)(resolved) };
}

describe('outdating rules', () => {
  it('never stale: a response that a change alters is outdated', () => {
    fc.assert(
      fc.property(catalogues, requests, changes, (catalogue, request, change) => {
        const judged = judge(catalogue, request, change(catalogue));
        if (judged?.differs === true) expect(judged.rule).toBeDefined();
      }),
      { numRuns: 5_000 },
    );
  });

  it('precision: of the pages of 1 to 4 products that remain equal, a change of a product outdates less than 3 %', () => {
    const samples = fc.sample(fc.tuple(catalogues, listRequests, changes), { numRuns: 4_000, seed: 1 });
    const judged = samples.flatMap(([catalogue, request, toChange]) => {
      const change = toChange(catalogue);
      const isEmpty = shownBy(respond(catalogue, request)!.basis).length === 0;
      return change.kind === 'move' || isEmpty ? [] : (judge(catalogue, request, change) ?? []);
    });
    const equal = judged.filter(({ differs }) => !differs);
    const needless = equal.filter(({ rule }) => rule !== undefined);
    expect(equal.length).toBeGreaterThan(500);
    expect(needless.length / equal.length).toBeLessThan(0.03);
  });

  const list: ListBasis = {
    kind: 'list',
    filter: NO_FILTER,
    sort: 'price',
    order: 'asc',
    until: [300, 30],
    shown: [10, 20],
    producers: [1],
    isTotalExact: false,
  };
  const aProduct = (priceMinor: number, inStock = true) => ({
    nameText: ' tomato ',
    searchText: ' tomato ',
    category: 'vegetables',
    priceMinor,
    createdAtMs: 0,
    inStock,
    producerId: 2,
    position: null,
  });
  const aChange = (id: number, before?: number, after?: number): ProductTransition => ({
    kind: 'product',
    id,
    before: before === undefined ? undefined : aProduct(before),
    after: after === undefined ? undefined : aProduct(after),
  });

  it.each<[string, { [Name in keyof ListBasis]?: ListBasis[Name] | undefined }, ResolvedChange, Rule | undefined]>([
    ['a shown product changes', {}, aChange(10), 'shown'],
    ['another product changes in no listed value', {}, aChange(11), undefined],
    ['a product enters the page', {}, aChange(11, undefined, 200), 'membership'],
    ['a product enters after the page', {}, aChange(11, undefined, 400), undefined],
    ['the first product after the page leaves', {}, aChange(30, 300, undefined), 'membership'],
    ['a product moves onto the page', {}, aChange(40, 400, 200), 'moved'],
    ['a product moves after the page', {}, aChange(40, 400, 500), undefined],
    ['a product enters before a page by cursor', { after: [200, 5] }, aChange(11, undefined, 100), undefined],
    ['a product enters before a page by number', {}, aChange(11, undefined, 100), 'membership'],
    ['a product enters a list that has ended', { until: undefined }, aChange(11, undefined, 900), 'membership'],
    ['a product enters a list with an exact total', { isTotalExact: true }, aChange(11, undefined, 400), 'total'],
    [
      'a product outside of the filter changes',
      { filter: { ...NO_FILTER, categories: ['dairy'] } },
      aChange(11, 1, 2),
      undefined,
    ],
    ['a producer on the page moves', {}, { kind: 'producer-moved', producerId: 1 }, 'producer'],
    ['another producer moves', {}, { kind: 'producer-moved', producerId: 2 }, undefined],
    ['everything changes', {}, { kind: 'everything' }, 'everything'],
  ])('list: %s', (_, values, change, rule) => {
    expect(outdatingRuleOf({ ...list, ...values } as ListBasis)(change)).toBe(rule);
  });

  it('near: a moved producer outdates every list with near', () => {
    const filter = { ...NO_FILTER, near: { latitude: 20, longitude: 73, radiusKm: 5 } };
    expect(outdatingRuleOf({ ...list, filter })({ kind: 'producer-moved', producerId: 99 })).toBe('producer');
  });

  it('stock: a product that sells out leaves the lists of products in stock', () => {
    const change: ProductTransition = { kind: 'product', id: 11, before: aProduct(200), after: aProduct(200, false) };
    expect(outdatingRuleOf({ ...list, filter: { ...NO_FILTER, inStock: true } })(change)).toBe('membership');
    expect(outdatingRuleOf({ ...list, filter: { ...NO_FILTER, inStock: false } })(change)).toBe('membership');
    expect(outdatingRuleOf(list)(change)).toBeUndefined();
  });

  it.each<[string, ResponseBasis, ResolvedChange, Rule | undefined]>([
    ['product: its own change', { kind: 'product', id: 10, producerId: 1 }, aChange(10), 'shown'],
    ['product: the change of another', { kind: 'product', id: 10, producerId: 1 }, aChange(11, 1, 2), undefined],
    [
      'product: its producer moves',
      { kind: 'product', id: 10, producerId: 1 },
      { kind: 'producer-moved', producerId: 1 },
      'producer',
    ],
    ['categories: a new product', { kind: 'categories' }, aChange(11, undefined, 1), 'category'],
    ['categories: a new price', { kind: 'categories' }, aChange(11, 1, 2), undefined],
    ['categories: a producer moves', { kind: 'categories' }, { kind: 'producer-moved', producerId: 1 }, undefined],
  ])('%s', (_, basis, change, rule) => {
    expect(outdatingRuleOf(basis)(change)).toBe(rule);
  });
});
