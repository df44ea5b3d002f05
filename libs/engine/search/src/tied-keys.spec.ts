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
});
