/**
 * Which of many products comes first whose names begin alike. Products of one name have one identity, so a name is
 * read of one product only.
 */
import type { Column } from '../search-index/column';
import type { CodedIds } from '../search-index/id-set';
import { joinedIdentity, nameIdentityOf } from '../search-index/name-identity';
import type { SortKeys } from '../product-listing';
import { BEFORE_ALL_IDS, type CodedPlace } from './exact-page';
import { firstFrom } from './first-from';
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
    const identities = Array.from(ids, (id) =>
      joinedIdentity({ high: columns.high.valueOf(id), low: columns.low.valueOf(id) }),
    );
    const bearers = new Map<number, number>();
    identities.forEach((identity, at) => bearers.set(identity, ids[at]!));
    if (bearers.size > MAX_NAMES) return undefined;
    const named = await read([...bearers.values()]);
    const names = new Map(named.map(({ nameText }) => [joinedIdentity(nameIdentityOf(nameText)), nameText]));
    if ([...bearers.keys()].some((identity) => !names.has(identity))) return undefined;
    const sorted = [...names].sort(([, a], [, b]) => compareTexts(a, b));
    const rankOf = new Map(sorted.map(([identity], rank) => [identity, rank]));
    const codes = Uint32Array.from(identities, (identity) => rankOf.get(identity)!);
    return new TiedNames(
      sorted.map(([, name]) => name),
      { codes, ids },
    );
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
