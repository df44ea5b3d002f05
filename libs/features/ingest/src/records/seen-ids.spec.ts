import { SeenIds } from './seen-ids';

it('duplicate ids: each of 50,000 ids is new once', () => {
  const seen = new SeenIds();
  const ids = Array.from({ length: 50_000 }, (_, at) => `id-${at}`);
  expect(ids.filter((id) => !seen.add(id))).toEqual([]);
  expect(ids.filter((id) => seen.add(id))).toEqual([]);
  expect(seen.add('another')).toBe(true);
});
