/** The queries of the readers: a fixed pool, so that caches serve most of them, with changing cursors and products. */
import { pick, type Chance } from '../../support/chance';
import { anyProducts } from '../../support/list-queries';
import {
  pathOf,
  type CatalogueQuery,
  type PageBody,
  type PageQuery,
  type ProductRow,
  type Seek,
} from './catalogue-query';
import { isListed } from './expected-response';
import type { CatalogueState } from './freshness-model';
import { ADJECTIVES, CATEGORIES, NAMES, PRODUCERS } from './random-catalogue';

const PAGES = 100;
const CURSORS = 25;
const PRODUCTS = 25;
/** Share of the responses whose cursor replaces one of the pool. */
const REPLACEMENT_RATE = 0.05;

const PLACES = [
  { latitude: 20, longitude: 73.8 },
  { latitude: 19.99, longitude: 73.78 },
] as const;
const SEARCHES = ['tom', 'crem', 'm', 'red', 'fresh mango', 'mint', 'sweet'] as const;

export class QueryPool {
  private readonly pages: readonly CatalogueQuery[];
  private readonly cursors: CatalogueQuery[] = [];
  private readonly products: CatalogueQuery[];
  private readonly categories: CatalogueQuery = { kind: 'categories', path: '/categories' };

  constructor(
    { products, producers }: CatalogueState,
    private readonly chance: Chance,
  ) {
    this.producerIds = new Map([...producers].map(([name, { id }]) => [name, id]));
    this.pages = Array.from({ length: PAGES }, (_, at) => this.toPage(at < 10 ? plainList(at) : randomList(chance)));
    this.products = [...products.keys()].slice(0, PRODUCTS).map(toProductQuery);
  }

  private readonly producerIds: ReadonlyMap<string, number>;

  /** Picks the first pages of the pool most often. */
  pick(chance: Chance): CatalogueQuery {
    const kind = chance();
    if (kind < 0.04) return this.categories;
    if (kind < 0.18) return pick(this.products, chance);
    if (kind < 0.3 && this.cursors.length > 0) return pick(this.cursors, chance);
    return this.pages[Math.floor(chance() ** 3 * PAGES)]!;
  }

  /** Adds a product that was created later, which may also be deleted later. */
  addProduct(id: number): void {
    this.products[Math.floor(this.chance() * PRODUCTS)] = toProductQuery(id);
  }

  /** Stores the next or previous cursor of a page from time to time. */
  addCursorOf(query: CatalogueQuery, body: string, chance: Chance): void {
    const isAdded = chance() < (this.cursors.length < CURSORS ? 0.5 : REPLACEMENT_RATE);
    const slot = this.cursors.length < CURSORS ? this.cursors.length : Math.floor(chance() * CURSORS);
    const side = chance() < 0.7 ? 'after' : 'before';
    if (!isAdded || query.kind !== 'page') return;
    const { data, pagination } = JSON.parse(body) as PageBody;
    const cursor = side === 'after' ? pagination.nextCursor : pagination.previousCursor;
    const row = data.at(side === 'after' ? -1 : 0);
    if (cursor === null || row === undefined) return;
    const seek: Seek = { side, id: row.id, product: toDraft(row) };
    const list = { ...query.list, page: 1 };
    if (isListed(list, seek)) this.cursors[slot] = { kind: 'page', path: this.path(list, cursor), list, seek };
  }

  private toPage(list: PageQuery): CatalogueQuery {
    return { kind: 'page', path: this.path(list), list };
  }

  private path(list: PageQuery, cursor?: string): string {
    return pathOf(list, list.producer === undefined ? undefined : this.producerIds.get(list.producer), cursor);
  }
}

function toProductQuery(id: number): CatalogueQuery {
  return { kind: 'product', path: `/products/${id}`, id };
}

const PLAIN: PageQuery = { ...anyProducts(10), producer: undefined, page: 1, count: undefined };

/** First pages in each sort and order, with and without products out of stock. */
function plainList(at: number): PageQuery {
  const sorts = [undefined, 'price', 'name', 'createdAt', 'distance'] as const;
  const sort = sorts[at % sorts.length];
  const near = sort === 'distance' ? PLACES[0] : undefined;
  return at < sorts.length ? { ...PLAIN, sort, near } : { ...PLAIN, sort, near, order: orderOf(sort), inStock: true };
}

function orderOf(sort: PageQuery['sort']): 'asc' | 'desc' {
  return sort === undefined || sort === 'createdAt' ? 'asc' : 'desc';
}

function randomList(chance: Chance): PageQuery {
  const sometimes = <T>(share: number, value: T): T | undefined => (chance() < share ? value : undefined);
  const near = sometimes(0.25, pick(PLACES, chance));
  const search = sometimes(0.3, pick([...SEARCHES, pick(NAMES, chance), pick(ADJECTIVES, chance)], chance));
  const sorts = ['price', 'name', 'createdAt', undefined, near && 'distance'] as const;
  const sort = pick(sorts, chance);
  return {
    sort,
    // Relevance, the default with a search, accepts no order.
    order: sort === undefined && search !== undefined ? undefined : pick(['asc', 'desc', undefined], chance),
    search,
    category: sometimes(0.3, [...new Set([pick(CATEGORIES, chance), pick(CATEGORIES, chance)])]) ?? [],
    minPrice: sometimes(0.25, pick([10, 20.5], chance)),
    maxPrice: sometimes(0.25, pick([30, 45], chance)),
    inStock: sometimes(0.5, chance() < 0.7),
    near,
    radiusKm: pick([5, 25, 120], chance),
    limit: 5 + Math.floor(chance() * 11),
    producer: sometimes(0.12, pick(PRODUCERS, chance)),
    page: chance() < 0.85 ? 1 : 2 + Math.floor(chance() * 3),
    count: pick([undefined, undefined, undefined, undefined, 'exact', 'exact', 'none'], chance),
  };
}

function toDraft({ price, producer, createdAt, ...product }: ProductRow): Seek['product'] {
  const { name, description, category, currency, unit, stock } = product;
  return {
    ...{ name, description, category, currency, unit, stock, externalId: '' },
    priceMinor: Math.round(price * 100),
    producer: { name: producer.name, place: '', latitude: producer.latitude, longitude: producer.longitude },
    createdAtMs: Date.parse(createdAt),
  };
}
