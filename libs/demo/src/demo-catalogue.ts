/**
 * Generates a realistic, deterministic catalogue. Product n is a function of n alone, so a catalogue of any size is a
 * prefix of a larger one. Categories, prices and ages are skewed as in a real market.
 */
import { categories, farmKinds, farmNames, harvests, places, qualities, remarks, type Category } from './vocabulary';

/** Products were created in the two years before this time, most of them recently. */
export const NEWEST_MS = Date.UTC(2026, 9, 31);
const TWO_YEARS_MS = 2 * 365 * 24 * 3_600_000;

interface DemoProducer {
  readonly name: string;
  readonly place: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface DemoProduct {
  readonly externalId: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly producer: DemoProducer;
  /** In ms since 1970. */
  readonly createdAtMs: number;
}

export const DEMO_ID_PREFIX = 'demo-';

/** Yields products `from` to `to`, inclusive; the first is 1. */
export function* demoProducts(from: number, to: number): Generator<DemoProduct> {
  for (let n = from; n <= to; n++) yield demoProduct(n);
}

export function demoExternalId(n: number): string {
  return `${DEMO_ID_PREFIX}${String(n).padStart(9, '0')}`;
}

/** `1` → `{ externalId: 'demo-000000001', currency: 'INR', … }`, the same on every call. */
export function demoProduct(n: number): DemoProduct {
  const random = randomFrom(n);
  const category = chooseCategory(random());
  const crop = pick(category.crops, random());
  const quality = pick(qualities, random() ** 2);
  const producer = demoProducer(producerOf(n, random()));
  const hindi = random() < 0.5 ? ` (${crop.hindi})` : '';
  return {
    externalId: demoExternalId(n),
    name: `${quality} ${crop.name}${hindi}`.trim(),
    description: `${pick(remarks, random())}; from the ${pick(harvests, random())} harvest of ${producer.name}. Product of ${producer.place}.`,
    category: category.slug,
    priceMinor: priceMinorOf(crop.price, quality, random()),
    currency: 'INR',
    unit: crop.unit,
    stock: random() < 0.08 ? 0 : Math.ceil(200 * random() ** 3),
    producer,
    createdAtMs: NEWEST_MS - Math.floor(TWO_YEARS_MS * random() ** 2),
  };
}

/** About 100 producers supply the first thousands of products; their number grows with the catalogue. */
function producerOf(n: number, chance: number): number {
  return Math.floor(chance ** 1.5 * (100 + n / 40));
}

/** Names are unique, because a producer is identified by its name and place. */
function demoProducer(index: number): DemoProducer {
  const random = randomFrom(-1 - index);
  const [place, state, latitude, longitude] = pick(places, random());
  const name = `${at(farmNames, index)} ${at(farmKinds, Math.floor(index / farmNames.length))}`;
  const generation = Math.floor(index / (farmNames.length * farmKinds.length));
  return {
    name: generation === 0 ? name : `${name} ${generation + 1}`,
    place: `${place}, ${state}`,
    latitude: scatter(latitude, random()),
    longitude: scatter(longitude, random()),
  };
}

/** Returns degrees within about 30 km, rounded to about 10 m. */
function scatter(degrees: number, chance: number): number {
  return Math.round((degrees + (chance - 0.5) * 0.5) * 10_000) / 10_000;
}

/** Returns 0.5 to 2 times the usual price, times 1.4 for special qualities, in steps of half a rupee. */
function priceMinorOf(usual: number, quality: string, chance: number): number {
  const special = ['Premium', 'Heirloom', 'Organic'].includes(quality) ? 1.4 : 1;
  return Math.max(1, Math.round(usual * special * 4 ** (chance - 0.5) * 2)) * 50;
}

const totalShare = categories.reduce((sum, { share }) => sum + share, 0);

function chooseCategory(chance: number): Category {
  let rest = chance * totalShare;
  return categories.find(({ share }) => (rest -= share) < 0) ?? pick(categories, 0);
}

function pick<T>(items: readonly T[], chance: number): T {
  return at(items, Math.floor(chance * items.length));
}

/** Returns the item at `index` modulo the length. */
function at<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('the list is empty');
  return item;
}

/**
 * Returns a pseudorandom generator of numbers in [0, 1) for a seed. Source: mulberry32 (T. Ettinger, public domain).
 */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
