/**
 * Which of many products comes first whose names begin alike. Products of one name have one identity, so a name is
 * read of one product only.
 */
import type { Column } from '../search-index/column';
import type { CodedIds } from '../search-index/coded-ids';
import { nameIdentityOf, numberNames } from '../search-index/name-identity';
import type { SortKeys } from '../product-listing';
import { BEFORE_ALL_IDS, type CodedPlace } from './exact-page';
import { firstFrom } from '../first-from';
import type { NamedProduct } from './part-statements';

/** Where there are more, the rows of the products are to be read instead. */
const MAX_NAMES = 600;

export class TiedNames {
  private constructor(
    private readonly names: readonly string[],
    /** The ids, and the ranks of their names. */
    readonly coded: CodedIds,
  ) {}

  /** Undefined where there are too many names, or one of them has just changed. */
  static async of(
    ids: Float64Array,
    columns: { readonly high: Column; readonly low: Column },
    read: (ids: readonly number[]) => Promise<NamedProduct[]>,
  ): Promise<TiedNames | undefined> {
    const [high, low] = [columns.high.valuesOf(ids), columns.low.valuesOf(ids)];
    const numbered = numberNames(high, low, MAX_NAMES);
    if (numbered === undefined) return undefined;
    const bearers = numbered.firstAt.map((at) => ids[at]!);
    const nameOf = new Map((await read(bearers)).map(({ id, nameText }) => [id, nameText]));
    const names = numbered.firstAt.map((at) => {
      const name = nameOf.get(ids[at]!);
      const identity = name === undefined ? undefined : nameIdentityOf(name);
      return identity?.high === high[at] && identity?.low === low[at] ? name : undefined;
    });
    if (!names.every((name) => name !== undefined)) return undefined;
    const sorted = names.toSorted(compareTexts);
    const rankOf = new Map(sorted.map((name, rank) => [name, rank]));
    const ranks = names.map((name) => rankOf.get(name)!);
    return new TiedNames(sorted, { codes: Uint32Array.from(numbered.numbers, (number) => ranks[number]!), ids });
  }

  /** Where a product of this name and id would be. */
  placeOf(beyond: SortKeys | undefined): CodedPlace | undefined {
    if (beyond === undefined) return undefined;
    const [name, id] = beyond as [string, number];
    const code = firstFrom(this.names.length, (at) => compareTexts(this.names[at]!, name) < 0);
    return { code, id: this.names[code] === name ? id : BEFORE_ALL_IDS };
  }
}

/** As the databases do: by code points, whose order is that of their UTF-8 bytes. */
function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
