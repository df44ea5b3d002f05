import { containsAllTerms, toSearchTerms } from '@catalogue';
import { demoProducts } from '@demo';
import { toSearchText } from '@testing/catalogue';
import { queryMatrix, queryStringOf, searchesOf, selectQueries, warmUpQueries } from './matrix';

const ROWS = 100_000;
/** The frequency test samples every tenth product. */
const STEP = 10;

describe('benchmark query matrix', () => {
  const all = queryMatrix(ROWS);

  it('unique queries: no query occurs twice', () => {
    expect(new Set(all.map(queryStringOf)).size).toBe(all.length);
  });

  it('selection: it is deterministic, with an equal share of each group', () => {
    const selected = selectQueries(all, 200);
    expect(selectQueries(queryMatrix(ROWS), 200)).toEqual(selected);
    expect(new Set(selected).size).toBe(200);
    for (const group of new Set(all.map((query) => query.group)))
      expect(selected.filter((query) => query.group === group)).toHaveLength(20);
  });

  it('warm-up: its queries share no search word with the measured ones', () => {
    const words = new Set(warmUpQueries(all, 200).map(({ search }) => search));
    expect([...words].toSorted()).toEqual(['spinach', undefined]);
    expect(all.some(({ search }) => search?.includes('spinach'))).toBe(false);
  });

  it('word frequency: searches match as many products as their groups claim', () => {
    const texts = Array.from({ length: ROWS / STEP }, (_, index) => [
      ...demoProducts(index * STEP + 1, index * STEP + 1),
    ])
      .flat()
      .map(({ name, description }) => toSearchText(name, description));
    const shareOf = (search: string) =>
      texts.filter((text) => containsAllTerms(text, toSearchTerms(search))).length / texts.length;
    const searches = searchesOf(ROWS);
    for (const search of searches['common word']) expect(shareOf(search)).toBeGreaterThan(0.95);
    for (const search of [...searches['middling word'], ...searches['prefix as typed']]) {
      expect(shareOf(search)).toBeGreaterThan(0.005);
      expect(shareOf(search)).toBeLessThan(0.5);
    }
    for (const search of [...searches['rare word'], ...searches['rare combination']])
      expect(shareOf(search)).toBeLessThan(0.002);
    for (const search of searches['absent word']) expect(shareOf(search)).toBe(0);
    for (const search of searches['Hindi word']) expect(shareOf(search)).toBeGreaterThan(0.002);
  });
});
