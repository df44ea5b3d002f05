/**
 * Tie-break: selects a page among products with equal abbreviated keys, whose order only their full sort keys decide.
 * Reads as few full keys as possible: one name per fingerprint, or one time for a second in which all products have the
 * same time. Otherwise it scans the index of the sort until the page is full. If that would cost more, it reads the
 * keys of all tied products. No statement names more than MAX_IDS products.
 */
import { SORT_KEYS, type ColumnName, type ColumnSort, type ReadSession } from '@catalogue';
import {
  IdSet,
  TiedKeys,
  fingerprintOf,
  numberTexts,
  selectPage,
  type Column,
  type SortKey,
  type TopK,
} from '@engine/search';
import type { Segment } from '../query/segment';
import { MAX_IDS, type SegmentStatements, type SortEntry, type TimeSpan } from './segment-statements';

export interface Ties {
  /** Its offset is relative to the first of the tied products. */
  readonly segment: Segment;
  readonly sort: ColumnSort;
  readonly topK: TopK;
  readonly columnOf: (name: ColumnName) => Column;
}

/** Maximum number of distinct names that are read by their ids. */
const MAX_NAMES = 600;

/** Cost of reading a key by its id, in scanned index entries: 3.6 µs and 1.2 µs, including transfer. */
const ENTRIES_PER_KEY = 3;

/** Index entries per statement: the first one fills most pages. */
const FIRST_ENTRIES = 1_000;
const MAX_ENTRIES = 16_000;

export class TieBreakReader {
  constructor(private readonly statements: SegmentStatements) {}

  /** Returns the products of the page in list order. Products that have just been removed are missing. */
  async pageOf(ties: Ties, session: ReadSession): Promise<readonly SortEntry[]> {
    const keys = await (ties.sort === 'name' ? this.distinctNames(ties, session) : this.distinctTimes(ties, session));
    if (keys !== undefined) return pageBy(keys, ties);
    const scanned = isScanCheaper(ties) ? await this.scan(ties, session) : undefined;
    return scanned ?? pageBy(await this.allKeys(ties, session), ties);
  }

  /** Returns undefined if there are too many names, or if one of them has just changed. */
  private async distinctNames({ topK: { ids }, columnOf }: Ties, session: ReadSession): Promise<TiedKeys | undefined> {
    const [high, low] = [columnOf('nameHigh').valuesOf(ids), columnOf('nameLow').valuesOf(ids)];
    const numbered = numberTexts(high, low, MAX_NAMES);
    if (numbered === undefined) return undefined;
    const representatives = numbered.firstAt.map((at) => ids[at]!);
    const entries = await session.read<SortEntry>(this.statements.keysOf('name', representatives));
    const nameOf = new Map(entries.map(({ id, sortKey }) => [id, String(sortKey)]));
    const names = numbered.firstAt.map((at) => {
      const name = nameOf.get(ids[at]!);
      const fingerprint = name === undefined ? undefined : fingerprintOf(name);
      return fingerprint?.high === high[at] && fingerprint?.low === low[at] ? name : undefined;
    });
    return names.every((name) => name !== undefined) ? new TiedKeys(ids, numbered.numbers, names) : undefined;
  }

  /**
   * Only the first and the last second can have more products than the page. Returns undefined if more than MAX_IDS
   * products have no single known time.
   */
  private async distinctTimes(ties: Ties, session: ReadSession): Promise<TiedKeys | undefined> {
    const { ids, abbreviatedKeys, lowest, highest } = ties.topK;
    const timeOf = new Map<number, number>();
    for (const abbreviatedKey of new Set([lowest, highest])) {
      const bounds = boundsOf('createdAt', { lowest: abbreviatedKey, highest: abbreviatedKey });
      const [span] = await session.read<TimeSpan>(this.statements.timeSpan(bounds));
      if (span !== undefined && span.earliest !== null && span.earliest === span.latest)
        timeOf.set(abbreviatedKey, span.earliest);
    }
    const others = ids.filter((_, at) => !timeOf.has(abbreviatedKeys[at]!));
    if (others.length > MAX_IDS) return undefined;
    const keyOf = await this.readKeys('createdAt', others, session);
    return toTiedKeys(ids, (id, at) => timeOf.get(abbreviatedKeys[at]!) ?? keyOf.get(id));
  }

  private async allKeys({ topK: { ids }, sort }: Ties, session: ReadSession): Promise<TiedKeys> {
    const keyOf = await this.readKeys(sort, ids, session);
    return toTiedKeys(ids, (id) => keyOf.get(id));
  }

  /** Returns the keys by id. */
  private async readKeys(
    sort: ColumnSort,
    ids: Float64Array,
    session: ReadSession,
  ): Promise<ReadonlyMap<number, SortKey>> {
    const keyOf = new Map<number, SortKey>();
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const entries = await session.read<SortEntry>(
        this.statements.keysOf(sort, [...ids.subarray(from, from + MAX_IDS)]),
      );
      for (const { id, sortKey } of entries) keyOf.set(id, sortKey);
    }
    return keyOf;
  }

  /**
   * Scans the index in list order and counts the entries of tied products. Returns undefined once the scan has cost as
   * much as reading all their keys, which happens if the matches are clustered far from its start.
   */
  private async scan({ segment, topK, sort }: Ties, session: ReadSession): Promise<SortEntry[] | undefined> {
    const tied = IdSet.of(topK.ids);
    const bounds = boundsOf(sort, topK);
    const page: SortEntry[] = [];
    let { after } = segment;
    let skipped = 0;
    let scanned = 0;
    for (let limit = FIRST_ENTRIES; scanned < costOfAllKeys(topK); limit = Math.min(2 * limit, MAX_ENTRIES)) {
      const entries = await session.read<SortEntry>(
        this.statements.entries({ ...segment, after }, sort, bounds, limit),
      );
      for (const entry of entries) {
        if (!tied.has(entry.id)) continue;
        if (skipped < segment.offset) skipped += 1;
        else page.push(entry);
        if (page.length === segment.limit) return page;
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < limit) return page;
      after = [last.sortKey, last.id];
      scanned += entries.length;
    }
    return undefined;
  }
}

/** A removed product has no key and is omitted. Adjacent products mostly have the same key, which is looked up once. */
function toTiedKeys(ids: Float64Array, keyOf: (id: number, at: number) => SortKey | undefined): TiedKeys {
  const numberOf = new Map<SortKey, number>();
  const present = new Float64Array(ids.length);
  const numbers = new Uint32Array(ids.length);
  let length = 0;
  let last: SortKey | undefined;
  for (let at = 0; at < ids.length; at++) {
    const key = keyOf(ids[at]!, at);
    if (key === undefined) continue;
    if (key !== last && !numberOf.has(key)) numberOf.set(key, numberOf.size);
    numbers[length] = key === last ? numbers[length - 1]! : numberOf.get(key)!;
    present[length++] = ids[at]!;
    last = key;
  }
  return new TiedKeys(present.subarray(0, length), numbers.subarray(0, length), [...numberOf.keys()]);
}

function pageBy(keys: TiedKeys, { segment }: Ties): SortEntry[] {
  const page = selectPage(keys.keyed, segment, keys.positionOf(segment.after));
  return page.map(({ abbreviatedKey, id }) => ({ id, sortKey: keys.keyOf(abbreviatedKey) }));
}

/** Bounds of the keys of all tied products. */
function boundsOf(sort: ColumnSort, { lowest, highest }: Pick<TopK, 'lowest' | 'highest'>) {
  return { from: SORT_KEYS[sort].lowestOf(lowest), to: SORT_KEYS[sort].highestOf(highest) };
}

function isScanCheaper({ segment, topK, sort, columnOf }: Ties): boolean {
  const { ids, lowest, highest } = topK;
  const entriesPerMatch = columnOf(sort).countBetween(lowest, highest) / ids.length;
  return (segment.offset + segment.limit) * entriesPerMatch < costOfAllKeys(topK);
}

/** In scanned index entries. */
function costOfAllKeys({ ids }: TopK): number {
  return ENTRIES_PER_KEY * ids.length;
}
