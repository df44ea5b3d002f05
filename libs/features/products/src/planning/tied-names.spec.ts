import { Column, withValues } from '../search-index/column';
import { nameIdentityOf } from '../search-index/name-identity';
import { BEFORE_ALL_IDS } from './exact-page';
import { TiedNames } from './tied-names';

/** The products of these names, by their place in the list, as the search index knows them. */
function given(names: readonly string[]) {
  const columnOf = (half: 'high' | 'low') => {
    const column = new Column();
    const values = names.map((name, id) => [id, nameIdentityOf(name)[half]] as const);
    column.store(0, new DataView(withValues(undefined, values).buffer));
    return column;
  };
  const asked: number[] = [];
  return {
    ids: Float64Array.from(names.keys()),
    columns: { high: columnOf('high'), low: columnOf('low') },
    asked,
    read: (ids: readonly number[]) => {
      asked.push(...ids);
      return Promise.resolve(ids.map((id) => ({ id, nameText: names[id]! })));
    },
  };
}

describe('names that begin alike', () => {
  it('are ranked, each read of one product only', async () => {
    const { ids, columns, read, asked } = given([' organic tomato ', ' organic apple ', ' organic tomato ']);
    const names = await TiedNames.of(ids, columns, read);
    expect([...names!.coded.codes]).toEqual([1, 0, 1]);
    expect(asked).toHaveLength(2);
  });

  it('are ranked as the databases do, by code points', async () => {
    const { ids, columns, read } = given([' organic \u{1f345} ', ' organic \uff01 ', ' organic आम ']);
    const names = await TiedNames.of(ids, columns, read);
    expect([...names!.coded.codes]).toEqual([2, 1, 0]);
  });

  it('say where a product would be', async () => {
    const { ids, columns, read } = given([' organic apple ', ' organic tomato ']);
    const names = await TiedNames.of(ids, columns, read);
    expect(names!.placeOf(undefined)).toBeUndefined();
    expect(names!.placeOf([' organic tomato ', 40])).toEqual({ code: 1, id: 40 });
    expect(names!.placeOf([' organic mango ', 40])).toEqual({ code: 1, id: BEFORE_ALL_IDS });
  });

  it('are left to their rows where they are many, or where one has changed meanwhile', async () => {
    const many = given(Array.from({ length: 601 }, (_, at) => ` organic ${at} `));
    expect(await TiedNames.of(many.ids, many.columns, many.read)).toBeUndefined();
    expect(many.asked).toEqual([]);
    const changed = given([' organic apple ', ' organic tomato ']);
    const renamed = await TiedNames.of(changed.ids, changed.columns, (ids) =>
      Promise.resolve(ids.map((id) => ({ id, nameText: ' organic pear ' }))),
    );
    expect(renamed).toBeUndefined();
  });
});
