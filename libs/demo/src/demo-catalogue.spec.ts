import { toDraft } from '@catalogue';
import { demoProducts } from './demo-catalogue';
import { categories, places } from './vocabulary';

describe('demo catalogue', () => {
  const products = [...demoProducts(1, 5_000)];

  it('determinism: products depend on their number only, so a catalogue is a prefix of a larger one', () => {
    expect([...demoProducts(1, 50)]).toEqual(products.slice(0, 50));
    expect([...demoProducts(4_000, 4_010)]).toEqual(products.slice(3_999, 4_010));
  });

  it('valid products: the import accepts every demo product', () => {
    for (const product of products) {
      const { externalId, priceMinor, stock, producer, createdAtMs, ...texts } = product;
      const record = {
        ...texts,
        id: externalId,
        price: String(priceMinor / 100),
        stock: String(stock),
        producer: producer.name,
        place: producer.place,
        latitude: String(producer.latitude),
        longitude: String(producer.longitude),
        createdAt: new Date(createdAtMs).toISOString(),
      };
      expect(toDraft(record)).toEqual({ draft: product });
    }
  });

  it('distribution: all categories and places occur, mostly vegetables, with 100 to 300 producers', () => {
    const counts = new Map<string, number>();
    for (const { category } of products) counts.set(category, (counts.get(category) ?? 0) + 1);
    expect(counts.size).toBe(categories.length);
    expect(Math.max(...counts.values())).toBe(counts.get('vegetables'));
    expect(new Set(products.map(({ producer }) => producer.place)).size).toBe(places.length);
    const producers = new Set(products.map(({ producer }) => producer.name)).size;
    expect(producers).toBeGreaterThan(100);
    expect(producers).toBeLessThan(300);
  });

  it('languages: half of the products also have a Hindi name', () => {
    const inHindi = products.filter(({ name }) => /\p{Script=Devanagari}/u.test(name)).length;
    expect(inHindi / products.length).toBeCloseTo(0.5, 1);
  });
});
