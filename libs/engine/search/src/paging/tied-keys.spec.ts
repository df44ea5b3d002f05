import fc from 'fast-check';
import { BEFORE_ALL_IDS } from './page-selection';
import { TiedKeys } from './tied-keys';

const IDS = Float64Array.of(10, 20, 30);

describe('tied keys', () => {
  it('collation: names are ranked by code points, as in the databases', () => {
    const { keyed } = new TiedKeys(IDS, Uint16Array.of(0, 1, 2), [' \u{1f34e} ', ' ｚ ', ' a ']);
    expect([...keyed.abbreviatedKeys]).toEqual([2, 1, 0]);
  });

  it('tie-break: products with equal keys share a rank', () => {
    const { keyed } = new TiedKeys(IDS, Uint16Array.of(1, 0, 1), [2_000, 1_000]);
    expect([...keyed.abbreviatedKeys]).toEqual([0, 1, 0]);
  });

  it('seek position: it has the rank of its key, or precedes the next higher key', () => {
    const keys = new TiedKeys(IDS, Uint16Array.of(0, 0, 1), [' apple ', ' tomato ']);
    expect(keys.positionOf(undefined)).toBeUndefined();
    expect(keys.positionOf([' tomato ', 40])).toEqual({ abbreviatedKey: 1, id: 40 });
    expect(keys.positionOf([' mango ', 40])).toEqual({ abbreviatedKey: 1, id: BEFORE_ALL_IDS });
    expect(keys.positionOf([' zucchini ', 40])).toEqual({ abbreviatedKey: 2, id: BEFORE_ALL_IDS });
  });

  /** Few full keys of one abbreviated key, some of them repeated in the list of keys. */
  const texts = fc.array(fc.constantFrom(' a ', ' é ', ' ｚ ', ' 𐐨 ', ' ab '), { minLength: 1, maxLength: 8 });
  const times = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 });
  const compare = (a: string | number, b: string | number) =>
    typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));

  it.each([
    ['texts', texts],
    ['times', times],
  ] as const)('order by rank and seek position: they equal those of comparing full keys, %s', (_, kind) => {
    fc.assert(
      fc.property(kind, fc.array(fc.nat(7), { maxLength: 20 }), kind, (keys, some, [soughtKey = 0]) => {
        const numbers = some.map((number) => number % keys.length);
        const ids = Float64Array.from(numbers, (_number, at) => 10 * at);
        const tied = new TiedKeys(ids, Uint32Array.from(numbers), keys);
        const ranks = [...tied.keyed.abbreviatedKeys];
        expect(tied.keyed.ids).toEqual(ids);
        expect(ranks.map((rank) => tied.keyOf(rank))).toEqual(numbers.map((number) => keys[number]));
        const { abbreviatedKey, id } = tied.positionOf([soughtKey, 55])!;
        ranks.forEach((rank, at) => {
          const isAfterByRank = rank > abbreviatedKey || (rank === abbreviatedKey && ids[at]! > id);
          const order = compare(tied.keyOf(rank), soughtKey);
          expect(isAfterByRank).toBe(order > 0 || (order === 0 && ids[at]! > 55));
          const isOrdered = (other: number) =>
            Math.sign(rank - other) === Math.sign(compare(tied.keyOf(rank), tied.keyOf(other)));
          expect(ranks.every(isOrdered)).toBe(true);
        });
      }),
    );
  });
});
