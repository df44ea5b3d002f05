import { SeenIds } from './seen-ids';

it('ids are seen once they have been added, among any number of others', () => {
  const seen = new SeenIds();
  const ids = Array.from({ length: 50_000 }, (_, at) => `id-${at}`);
  expect(ids.filter((id) => !seen.add(id))).toEqual([]);
  expect(ids.filter((id) => seen.add(id))).toEqual([]);
  expect(seen.add('another')).toBe(true);
});
