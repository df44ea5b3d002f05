/** Evaluates a query on a state of the model, as the oracle of the property tests does. */
import type { ProductDraft } from '@catalogue';
import { distanceKm, expectedIds } from '../../support/brute-force';
import {
  factsOfRows,
  type CatalogueQuery,
  type CategoryRow,
  type Facts,
  type PageQuery,
  type ProductRow,
  type Seek,
} from './catalogue-query';
import type { CatalogueState } from './freshness-model';

export function expectedFacts(query: CatalogueQuery, state: CatalogueState): Facts {
  switch (query.kind) {
    case 'product':
      return factsOfRows(rowsOf([query.id], state, undefined));
    case 'categories':
      return factsOfRows(categoriesOf(state));
    case 'page':
      return pageOf(query.list, query.seek, state);
  }
}

/** Returns whether the product is in the list, so that a position next to it can be found. */
export function isListed(list: PageQuery, { id, product }: Seek): boolean {
  return expectedIds(new Map([[id, product]]), list).length === 1;
}

function pageOf(list: PageQuery, seek: Seek | undefined, state: CatalogueState): Facts {
  const candidates = new Map([...state.products].filter(([, product]) => isOfProducer(product, list)));
  const ids = expectedIds(candidates, list);
  const page = seek === undefined ? numberedPage(ids, list) : soughtPage(candidates, list, seek);
  const { pageIds, ...facts } = page;
  return { rows: rowsOf(pageIds, state, list.near), ...facts, total: ids.length };
}

function isOfProducer({ producer: { name } }: ProductDraft, { producer }: PageQuery): boolean {
  return producer === undefined || name === producer;
}

function numberedPage(ids: readonly number[], { page, limit }: PageQuery) {
  const pageIds = ids.slice((page - 1) * limit, page * limit);
  return { pageIds, hasNext: ids.length > page * limit, hasPrevious: page > 1 && pageIds.length > 0 };
}

/**
 * Sorts the product of the cursor into the list. Half an id more or less places it beside its present self, outside of
 * the page.
 */
function soughtPage(candidates: ReadonlyMap<number, ProductDraft>, list: PageQuery, { side, id, product }: Seek) {
  const markedId = id + ((side === 'after') === isAscending(list) ? 0.5 : -0.5);
  const ids = expectedIds(new Map(candidates).set(markedId, product), list);
  const at = ids.indexOf(markedId);
  const { limit } = list;
  if (side === 'after')
    return { pageIds: ids.slice(at + 1, at + 1 + limit), hasNext: ids.length > at + 1 + limit, hasPrevious: true };
  return { pageIds: ids.slice(Math.max(0, at - limit), at), hasNext: true, hasPrevious: at > limit };
}

function isAscending({ sort, order }: PageQuery): boolean {
  return (order ?? (sort === undefined || sort === 'createdAt' ? 'desc' : 'asc')) === 'asc';
}

function rowsOf(ids: readonly number[], state: CatalogueState, near: PageQuery['near']): ProductRow[] {
  return ids.flatMap((id) => {
    const row = expectedRow(id, state, near);
    return row === undefined ? [] : [row];
  });
}

export function expectedRow(
  id: number,
  { products, producers }: CatalogueState,
  near: PageQuery['near'],
): ProductRow | undefined {
  const product = products.get(id);
  if (product === undefined) return undefined;
  const { name, description, category, priceMinor, currency, unit, stock, producer, createdAtMs = 0 } = product;
  return {
    ...{ id, name, description, category, price: priceMinor / 100, currency, unit, stock, inStock: stock > 0 },
    producer: {
      id: producers.get(producer.name)?.id ?? 0,
      name: producer.name,
      latitude: producer.latitude,
      longitude: producer.longitude,
    },
    distanceKm: near && Math.round(distanceKm(product, near) * 1_000) / 1_000,
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

function categoriesOf({ products }: CatalogueState): CategoryRow[] {
  const counts = new Map<string, number>();
  for (const { category } of products.values()) counts.set(category, (counts.get(category) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([slug, productCount]) => ({ slug, productCount }));
}
