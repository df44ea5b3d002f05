/** Random products and changes. Values are from small sets, so that changes often alter the order and members of lists. */
import type { ProductDraft } from '@catalogue';
import { pick, type Chance } from '../../support/chance';
import { withoutProduct, withProduct, type CatalogueState } from './freshness-model';

type ProducerDraft = ProductDraft['producer'];

const PRODUCTS = 300;
const FIRST_CREATED_MS = Date.UTC(2026, 0, 1);

export const NAMES = ['Tomato', 'Mango', 'Crème', 'Tamarind', 'Mint', 'Cress', 'Maize', 'Okra'] as const;
export const ADJECTIVES = ['Red', 'Fresh', 'Raw', 'Sweet', 'Small'] as const;
export const CATEGORIES = ['dairy', 'fruits', 'grains', 'herbs', 'vegetables'] as const;
const PRICES_MINOR = [1_000, 2_050, 2_050, 3_000, 4_500, 9_900] as const;
const DESCRIPTIONS = ['', 'With mint', 'Red and sweet', 'Picked today'] as const;
const STOCKS = [0, 0, 1, 1, 2, 25] as const;

/** Producers with the positions between which they move; the last one has none. */
const POSITIONS: Readonly<Record<string, readonly (readonly [latitude: number, longitude: number])[]>> = {
  Asha: [
    [19.99, 73.78],
    [20.02, 73.81],
  ],
  Bharat: [
    [19.99, 73.78],
    [20.11, 73.9],
  ],
  Chand: [
    [20.05, 73.7],
    [20.35, 74.1],
  ],
  Deepa: [
    [19.9, 73.6],
    [18.52, 73.86],
  ],
  Esha: [
    [20.2, 73.83],
    [19.95, 73.75],
  ],
  Farhan: [],
};
export const PRODUCERS = Object.keys(POSITIONS);

/** An event for the webhook, and the state to which it leads. */
export interface PlannedChange {
  readonly type: 'product.created' | 'product.updated' | 'product.deleted' | 'stock.updated';
  readonly externalId: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly before: ProductDraft | undefined;
  readonly after: ProductDraft | undefined;
  /** Undefined if the database has yet to assign the id. */
  readonly id: number | undefined;
}

export const externalIds: readonly string[] = Array.from({ length: PRODUCTS }, (_, at) => `p${at}`);

export function randomProduct(externalId: string, chance: Chance): ProductDraft {
  return {
    ...randomContent(chance),
    externalId,
    currency: 'INR',
    unit: 'kg',
    stock: pick(STOCKS, chance),
    producer: randomProducer(chance),
    createdAtMs: FIRST_CREATED_MS + Math.floor(chance() * 300) * 1_000 + (chance() < 0.5 ? 0 : 250),
  };
}

function randomContent(chance: Chance) {
  return {
    name: `${pick(ADJECTIVES, chance)} ${pick(NAMES, chance)}`,
    description: pick(DESCRIPTIONS, chance),
    category: pick(CATEGORIES, chance),
    priceMinor: pick(PRICES_MINOR, chance),
  };
}

/** Half of the producers have no position; the catalogue then keeps the stored one. */
function randomProducer(chance: Chance): ProducerDraft {
  const name = pick(PRODUCERS, chance);
  const position = chance() < 0.5 ? undefined : pick(POSITIONS[name]!, chance);
  return producerAt(name, position);
}

/** A producer at its first position. */
export function initialProducer(name: string): ProducerDraft {
  return producerAt(name, POSITIONS[name]?.[0]);
}

function producerAt(name: string, position: readonly [number, number] | undefined): ProducerDraft {
  return { name, place: 'Nashik', latitude: position?.[0] ?? null, longitude: position?.[1] ?? null };
}

/** Creates the chosen product if it does not exist; otherwise changes its stock or its content, or deletes it. */
export function randomChange({ products }: CatalogueState, chance: Chance): PlannedChange {
  const externalId = pick(externalIds, chance);
  const [id, before] = [...products].find(([, product]) => product.externalId === externalId) ?? [];
  const kind = chance();
  if (before === undefined) {
    const after = randomProduct(externalId, chance);
    return { type: 'product.created', externalId, id, before, after, data: toData(after, true) };
  }
  if (kind < 0.1) return { type: 'product.deleted', externalId, id, before, after: undefined, data: undefined };
  if (kind < 0.6) {
    const stocks = STOCKS.filter((stock) => stock !== before.stock);
    const after = { ...before, stock: pick(stocks, chance) };
    return { type: 'stock.updated', externalId, id, before, after, data: { stock: after.stock } };
  }
  const hasStock = chance() < 0.5;
  const after = { ...before, ...randomUpdate(before, chance), ...(hasStock && { stock: pick(STOCKS, chance) }) };
  return { type: 'product.updated', externalId, id, before, after, data: toData(after, hasStock) };
}

/** A new price alone, a new name and description, a new category, or a new or moved producer. */
function randomUpdate({ producer }: ProductDraft, chance: Chance): Partial<ProductDraft> {
  const { name, description, category, priceMinor } = randomContent(chance);
  const moved = randomProducer(chance);
  const sameProducer = { ...producer, latitude: null, longitude: null };
  const updates = [
    { priceMinor, producer: sameProducer },
    { name, description, producer: sameProducer },
    { category, producer: sameProducer },
    { priceMinor, producer: moved },
  ];
  return pick(updates, chance);
}

function toData({ producer, createdAtMs = 0, ...product }: ProductDraft, hasStock: boolean) {
  const { name, description, category, priceMinor, currency, unit, stock } = product;
  const { latitude, longitude } = producer;
  return {
    ...{ name, description, category, price: priceMinor / 100, currency, unit },
    ...(hasStock && { stock }),
    producer: { name: producer.name, place: producer.place, ...(latitude !== null && { latitude, longitude }) },
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

export function stateAfter(state: CatalogueState, { before, after }: PlannedChange, id: number): CatalogueState {
  if (after === undefined) return withoutProduct(state, id);
  return withProduct(state, id, { ...after, createdAtMs: (before ?? after).createdAtMs ?? 0 });
}
