/**
 * Selects a page among products with equal sort codes, whose order only their sort keys decide. Few keys are read where
 * possible: one name of each fingerprint, one time of each second. Otherwise the keys of all tied products are read, or
 * the index of the sort is scanned until the page is full, whichever is cheaper; never more than MAX_IDS in a statement.
 */
import type { CatalogueView } from '../catalogue.reader';
import type { Column, ColumnName } from '../search-index/column';
import { IdSet } from '../search-index/id-set';
import { nameIdentityOf, numberNames } from '../search-index/name-identity';
import { codeOf, highestKeyOf, lowestKeyOf, type CodedSort } from '../search-index/sort-codes';
import { exactPage } from './exact-page';
import type { ListPart } from './list-part';
import { MAX_IDS, type PartStatements, type SortEntry } from './part-statements';
import type { RankedIds } from './ranked-ids';
import { TiedKeys } from './tied-keys';

export interface Ties {
  /** Its offset counts from the first of the tied products. */
  readonly part: ListPart;
  readonly sort: CodedSort;
  readonly ranked: RankedIds;
  readonly columnOf: (name: ColumnName) => Column;
}

/** Distinct names or times that are worth a statement of their own. */
const MAX_KEYS = 600;

/** Reading a key by its id costs as much as passing so many entries of an index (docs/performance.md). */
const ENTRIES_PER_KEY = 3;

/** Index entries per statement: the first one fills most pages. */
const FIRST_ENTRIES = 1_000;
const MAX_ENTRIES = 16_000;

export class TieBreakReader {
  constructor(private readonly statements: PartStatements) {}

  /** The ids of the page, in list order. */
  async pageOf(ties: Ties, view: CatalogueView): Promise<number[]> {
    const keys = await (ties.sort === 'name' ? this.distinctNames(ties, view) : this.distinctTimes(ties, view));
    if (keys !== undefined) return pageBy(keys, ties);
    return isScanCheaper(ties) ? this.scan(ties, view) : pageBy(await this.readKeys(ties, view), ties);
  }

  /** Undefined if there are too many names, or one of them has just changed. */
  private async distinctNames({ ranked: { ids }, columnOf }: Ties, view: CatalogueView): Promise<TiedKeys | undefined> {
    const [high, low] = [columnOf('nameHigh').valuesOf(ids), columnOf('nameLow').valuesOf(ids)];
    const numbered = numberNames(high, low, MAX_KEYS);
    if (numbered === undefined) return undefined;
    const bearers = numbered.firstAt.map((at) => ids[at]!);
    const entries = await view.read<SortEntry>(this.statements.keysOf('name', bearers));
    const nameOf = new Map(entries.map(({ id, sortKey }) => [id, String(sortKey)]));
    const names = numbered.firstAt.map((at) => {
      const name = nameOf.get(ids[at]!);
      const identity = name === undefined ? undefined : nameIdentityOf(name);
      return identity?.high === high[at] && identity?.low === low[at] ? name : undefined;
    });
    return names.every((name) => name !== undefined) ? new TiedKeys(ids, numbered.numbers, names) : undefined;
  }

  /** Undefined unless each second has one time only, as after an import. */
  private async distinctTimes({ ranked, sort }: Ties, view: CatalogueView): Promise<TiedKeys | undefined> {
    const rows = await view.read<{ createdAtMs: number }>(
      this.statements.timesBetween(boundsOf(sort, ranked), MAX_KEYS + 1),
    );
    const times = rows.map(({ createdAtMs }) => createdAtMs);
    const numberOf = new Map(times.map((time, number) => [codeOf(sort, time), number]));
    const isOneEach = numberOf.size === times.length && times.length <= MAX_KEYS;
    if (!isOneEach || !ranked.codes.every((code) => numberOf.has(code))) return undefined;
    return new TiedKeys(
      ranked.ids,
      ranked.codes.map((code) => numberOf.get(code)!),
      times,
    );
  }

  /** A product that is gone has no key and is left out. */
  private async readKeys({ ranked: { ids }, sort }: Ties, view: CatalogueView): Promise<TiedKeys> {
    const keyOf = new Map<number, string | number>();
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const entries = await view.read<SortEntry>(this.statements.keysOf(sort, [...ids.subarray(from, from + MAX_IDS)]));
      for (const { id, sortKey } of entries) keyOf.set(id, sortKey);
    }
    const present = ids.filter((id) => keyOf.has(id));
    const keys = [...new Set(keyOf.values())];
    const numberOf = new Map(keys.map((key, number) => [key, number]));
    return new TiedKeys(
      present,
      Uint32Array.from(present, (id) => numberOf.get(keyOf.get(id)!)!),
      keys,
    );
  }

  /** Passes the entries of the index in list order and counts those of tied products. */
  private async scan({ part, ranked, sort }: Ties, view: CatalogueView): Promise<number[]> {
    const tied = IdSet.of(ranked.ids);
    const bounds = boundsOf(sort, ranked);
    const page: number[] = [];
    let { beyond } = part;
    let skipped = 0;
    for (let limit = FIRST_ENTRIES; ; limit = Math.min(2 * limit, MAX_ENTRIES)) {
      const entries = await view.read<SortEntry>(this.statements.entries({ ...part, beyond }, sort, bounds, limit));
      for (const { id } of entries) {
        if (!tied.has(id)) continue;
        if (skipped < part.offset) skipped += 1;
        else page.push(id);
        if (page.length === part.limit) return page;
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < limit) return page;
      beyond = [last.sortKey, last.id];
    }
  }
}

function pageBy(keys: TiedKeys, { part }: Ties): number[] {
  return exactPage(keys.coded, part, keys.placeOf(part.beyond));
}

/** Keys between which those of all tied products lie. */
function boundsOf(sort: CodedSort, { lowest, highest }: RankedIds) {
  return { from: lowestKeyOf(sort, lowest), to: highestKeyOf(sort, highest) };
}

function isScanCheaper({ part, ranked, sort, columnOf }: Ties): boolean {
  const { ids, lowest, highest } = ranked;
  const entriesPerMatch = columnOf(sort).countBetween(lowest, highest) / ids.length;
  return (part.offset + part.limit) * entriesPerMatch < ENTRIES_PER_KEY * ids.length;
}
