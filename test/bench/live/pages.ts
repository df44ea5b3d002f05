/** The pages that readers of a marketplace open, most popular first. Pure: the same on every call. */
import { chanceFrom } from '../../support/chance';

export interface Page {
  readonly path: string;
  /** Whether the page is the second one of this list, reached by the cursor of the first. */
  readonly isNext: boolean;
}

export const PAGE_COUNT = 1_250;

const SEED = 25;

const categories = [
  ...['vegetables', 'fruits', 'dairy', 'grains', 'spices', 'pulses'],
  ...['oils', 'bakery', 'honey-jaggery', 'beverages', 'eggs'],
];

const words = [
  ...['tomato', 'potato', 'onion', 'okra', 'spinach', 'carrot', 'garlic', 'ginger', 'cabbage', 'pumpkin'],
  ...['mango', 'banana', 'apple', 'guava', 'papaya', 'orange', 'grapes', 'lemon', 'coconut', 'strawberry'],
  ...['milk', 'paneer', 'ghee', 'curd', 'butter', 'rice', 'wheat', 'millet', 'maize', 'turmeric', 'cumin', 'pepper'],
  ...['chickpea', 'lentil', 'mustard oil', 'bread', 'honey', 'jaggery', 'coffee', 'tea', 'eggs'],
  ...['organic tomato', 'fresh milk', 'basmati rice', 'wild honey', 'आम', 'टमाटर', 'दूध', 'चावल', 'दाल'],
];

const towns = [
  ...['19.99,73.79', '18.52,73.85', '17.68,74.02', '16.7,74.24', '21.15,79.09', '22.56,72.93', '22.72,75.86'],
  ...['26.91,75.79', '30.9,75.86', '30.32,78.03', '26.85,80.95', '26.14,91.74', '17.39,78.49', '12.3,76.64'],
];

const priceRanges = ['maxPrice=50', 'minPrice=50&maxPrice=100', 'minPrice=100&maxPrice=250', 'minPrice=250'];

/** The lists that most visits begin with. */
const entrances = ['/products', '/categories', '/products?inStock=true', ...categories.map(ofCategory)];

/** Returns distinct pages in a catalogue of `rows` products: lists of every kind, and single products. */
export function readPages(rows: number): Page[] {
  const random = chanceFrom(SEED);
  const lists = [...browsing(), ...searching(), ...nearby()];
  const pages = [...lists.map(first), ...longLists().map((path) => ({ path, isNext: true }))];
  const products = new Set<string>();
  while (products.size < PAGE_COUNT - entrances.length - pages.length)
    products.add(`/products/${1 + Math.floor(random() * rows)}`);
  return [...entrances.map(first), ...shuffled([...pages, ...[...products].map(first)], random)];
}

/** Lists that readers follow to the second page. */
function longLists(): string[] {
  const lists = categories.map(ofCategory);
  return [...lists, ...lists.map((list) => `${list}&sort=price`), ...words.slice(0, 20).map(ofSearch)];
}

function browsing(): string[] {
  return categories
    .map(ofCategory)
    .flatMap((list) => [
      ...['price', 'name', 'createdAt&order=asc', 'price&order=desc'].map((sort) => `${list}&sort=${sort}`),
      ...['inStock=true', 'inStock=true&sort=price', 'page=2', 'page=3', 'limit=50'].map((rest) => `${list}&${rest}`),
      ...priceRanges.flatMap((range) => [`${list}&${range}`, `${list}&${range}&sort=price`]),
    ]);
}

function searching(): string[] {
  const rests = ['', '&sort=price', '&inStock=true', '&maxPrice=100', '&page=2'];
  return words.flatMap((word) => rests.map((rest) => `${ofSearch(word)}${rest}`));
}

function nearby(): string[] {
  const rests = [
    '',
    '&sort=distance',
    '&radiusKm=10',
    '&inStock=true&sort=distance',
    '&category=fruits',
    '&sort=price',
  ];
  return towns.flatMap((town) => rests.map((rest) => `/products?near=${town}${rest}`));
}

function ofCategory(slug: string): string {
  return `/products?category=${slug}`;
}

function ofSearch(word: string): string {
  return `/products?search=${encodeURIComponent(word)}`;
}

function first(path: string): Page {
  return { path, isNext: false };
}

/** Fisher–Yates shuffle. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
