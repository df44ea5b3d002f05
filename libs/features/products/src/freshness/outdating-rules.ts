/**
 * Rules by which a change outdates a response. A response is a function of its query and the catalogue, and its basis
 * contains the part of it that a change can affect. So the rules decide without the database: never too rarely, and
 * too often only for pages by number and for totals (measured in outdating-rules.spec.ts).
 */
import { chordSquaredFrom } from '@catalogue';
import type { FilteredProduct } from '../filters/filter';
import { conditionsOf, type ProductFilter } from '../filters/product-filters';
import type { SortKeys } from '../query/product-listing';
import { compareKeys, keysOf } from '../query/sort-keys';
import type { ListBasis, ResponseBasis } from './basis';
import type { ProductTransition, ResolvedChange } from './resolved-change';

/**
 * - `shown`: the response shows the product;
 * - `membership`: the product enters or leaves the page, or the part of the list before it;
 * - `moved`: the product has another position in the list, now or before within the page or the part before it;
 * - `total`: the product enters or leaves the list, whose total is exact;
 * - `category`: the product counts for another category;
 * - `producer`: a producer on the page has moved, or the list depends on the positions of producers;
 * - `everything`: the change concerns all products.
 */
export type Rule = 'shown' | 'membership' | 'moved' | 'total' | 'category' | 'producer' | 'everything';

/** Returns a function that returns the first rule that applies; undefined if the response remains valid. */
export function outdatingRuleOf(basis: ResponseBasis): (change: ResolvedChange) => Rule | undefined {
  const ofProduct = productRuleOf(basis);
  return (change) => {
    if (change.kind === 'everything') return 'everything';
    return change.kind === 'producer-moved' ? producerRule(basis, change.producerId) : ofProduct(change);
  };
}

function productRuleOf(basis: ResponseBasis): (change: ProductTransition) => Rule | undefined {
  switch (basis.kind) {
    case 'product':
      return ({ id }) => (basis.id === id ? 'shown' : undefined);
    case 'categories':
      return categoryRule;
    case 'list': {
      const matches = compileFilter(basis.filter);
      return (change) =>
        basis.shown.includes(change.id) ? 'shown' : listRule(basis, change, transitionIn(matches, change));
    }
  }
}

export function producerRule(basis: ResponseBasis, producerId: number): Rule | undefined {
  if (basis.kind === 'categories') return undefined;
  if (basis.kind === 'product') return basis.producerId === producerId ? 'producer' : undefined;
  const dependsOnPositions = conditionsOf(basis.filter).some(({ usesProducer }) => usesProducer === true);
  return dependsOnPositions || basis.producers.includes(producerId) ? 'producer' : undefined;
}

export function categoryRule({ before, after }: ProductTransition): Rule | undefined {
  return before?.category === after?.category ? undefined : 'category';
}

export type CompiledFilter = (product: FilteredProduct) => boolean;

/** Returns a predicate that tests texts, which cost most, after all other conditions. */
export function compileFilter(filter: ProductFilter): CompiledFilter {
  const conditions = conditionsOf(filter).sort((a, b) => Number(a.readsText ?? false) - Number(b.readsText ?? false));
  return (product) => {
    for (const { matches } of conditions) if (!matches(product)) return false;
    return true;
  };
}

/** Whether a product is in a list before and after a change. */
export interface Transition {
  readonly was: boolean;
  readonly is: boolean;
}

export function transitionIn(matches: CompiledFilter, { before, after }: ProductTransition): Transition {
  return { was: before !== undefined && matches(before), is: after !== undefined && matches(after) };
}

/** Rule for a list, given whether the product is in it; `shown` is tested separately. */
export function listRule(basis: ListBasis, change: ProductTransition, { was, is }: Transition): Rule | undefined {
  if (!was && !is) return undefined;
  if (was !== is && basis.isTotalExact) return 'total';
  const keys: SortKeys[] = [];
  if (was) keys.push(sortKeysIn(basis, change.id, change.before!));
  if (is) keys.push(sortKeysIn(basis, change.id, change.after!));
  const [before, after] = keys;
  if (after !== undefined && compareKeys(before!, after, 'asc') === 0) return undefined;
  if (!keys.some((each) => isWithinPage(basis, each))) return undefined;
  return was === is ? 'moved' : 'membership';
}

function sortKeysIn(basis: ListBasis, id: number, product: FilteredProduct): SortKeys {
  const { near } = basis.filter;
  const { priceMinor, nameText, createdAtMs, position } = product;
  const sorted = { id, priceMinor, nameText, createdAtMs };
  if (basis.sort !== 'distance' || near === undefined || position === null) return keysOf(sorted, basis);
  return keysOf({ ...sorted, chordSquared: chordSquaredFrom(near)(position) }, basis);
}

/** Whether the keys are on the page, or before a page that begins at an offset. */
function isWithinPage({ after, until, order }: ListBasis, keys: SortKeys): boolean {
  if (after !== undefined && compareKeys(keys, after, order) <= 0) return false;
  return until === undefined || compareKeys(keys, until, order) <= 0;
}
