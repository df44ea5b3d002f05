/**
 * In-process cache of the search index: sets of ids and columns. Every read first compares the block versions and
 * reloads changed blocks, so a result is never older than its request.
 */
import { totalmem } from 'node:os';
import { columnKey, viewOf, type ColumnName, type KeyRange, type ReadSession, type StoredBytes } from '@catalogue';
import { Column, IdSet } from '@engine/search';
import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '@platform/database';
import { LRUCache } from 'lru-cache';

/**
 * Of a million products a column takes 4 MB, 6 MB with its order, and a set up to 122 KB, so all columns of ten million
 * products fit. In a small container with a memory limit, the cache takes at most a quarter of it.
 */
const MAX_BYTES = Math.min(512 * 1_024 * 1_024, Math.min(totalmem(), process.constrainedMemory() || Infinity) / 4);

/** Also bounds empty entries, whatever words clients search for. */
const MAX_ENTRIES = 10_000;

/** Heap bytes of an entry without its content: objects and key, and the version of each block. */
const ENTRY_BYTES = 1_024;
const VERSION_BYTES = 48;

/** Changed blocks that a condition lists; more are read as the range from the first to the last. */
const MAX_LISTED_BLOCKS = 200;

/** Attempts to read entries that change meanwhile; then entries of slightly different moments are returned. */
const MAX_ATTEMPTS = 3;

/** Each change of a block increments its version. */
interface Versions {
  readonly sum: number;
  readonly byBlock: ReadonlyMap<number, number>;
}

interface CacheEntry<Content extends IdSet | Column = IdSet | Column> {
  readonly range: KeyRange;
  readonly content: Content;
  /** The content is at least as new as these. */
  readonly versions: Versions;
}

interface IndexRow {
  readonly entryKey: string;
  readonly block: number;
  readonly data: StoredBytes;
}

const NO_VERSIONS: Versions = { sum: NaN, byBlock: new Map() };

@Injectable()
export class IndexCacheReader {
  private versions = NO_VERSIONS;
  private readonly entries = new LRUCache<string, CacheEntry>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: sizeOf,
  });

  /**
   * Returns a consistent snapshot: all entries as of one moment. Reads through one session: if a content came from a
   * server that lags behind the one of its versions, it would never be reloaded.
   */
  async read(
    sets: readonly KeyRange[],
    columns: readonly ColumnName[],
    session: ReadSession,
  ): Promise<{ sets: IdSet[]; columns: Column[] }> {
    const empty = [
      ...sets.map((range) => ({ range, content: new IdSet(), versions: NO_VERSIONS })),
      ...columns.map((column) => ({
        range: { from: columnKey(column) },
        content: new Column(),
        versions: NO_VERSIONS,
      })),
    ];
    let entries: CacheEntry[] = empty.map((entry) => this.entries.get(cacheKeyOf(entry.range)) ?? entry);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const versions = await this.readVersions(session);
      const changes = entries.map((entry) => changesOf(entry, versions));
      if (changes.every(({ size }) => size === 0)) break;
      entries = await this.refresh(entries, changes, versions, session);
    }
    for (const entry of entries) this.entries.set(cacheKeyOf(entry.range), entry);
    const contents = entries.map(({ content }) => content);
    return { sets: contents.slice(0, sets.length) as IdSet[], columns: contents.slice(sets.length) as Column[] };
  }

  private async readVersions(session: ReadSession): Promise<Versions> {
    const [row] = await session.read<{ sum: string | number | null }>(
      sql`SELECT SUM(version) AS sum FROM search_block`,
    );
    if (Number(row?.sum ?? 0) === this.versions.sum) return this.versions;
    const rows = await session.read<{ block: number; version: string | number }>(
      sql`SELECT block, version FROM search_block`,
    );
    const byBlock = new Map(rows.map(({ block, version }) => [block, Number(version)]));
    this.versions = { sum: [...byBlock.values()].reduce((sum, version) => sum + version, 0), byBlock };
    return this.versions;
  }

  private async refresh(
    entries: readonly CacheEntry[],
    changes: readonly ReadonlySet<number>[],
    versions: Versions,
    session: ReadSession,
  ): Promise<CacheEntry[]> {
    const renewed = entries.map(({ range, content }, at) => ({
      range,
      content: content.withoutBlocks(changes[at]!),
      versions,
    }));
    const conditions = renewed.flatMap(({ range }, at) => entriesOf(range, changes[at]!, versions));
    const rows = await session.read<IndexRow>(
      sql`SELECT entry_key AS entryKey, block, data FROM search_index WHERE ${joinSql(conditions, ' OR ')}`,
    );
    for (const { entryKey, block, data } of rows)
      renewed.forEach(({ range, content }, at) => {
        if (changes[at]!.has(block) && isIn(entryKey, range)) content.store(block, viewOf(data));
      });
    return renewed;
  }
}

function cacheKeyOf({ from, to = '' }: KeyRange): string {
  return `${from} ${to}`;
}

function sizeOf({ content, versions }: CacheEntry, key: string): number {
  return ENTRY_BYTES + key.length + versions.byBlock.size * VERSION_BYTES + content.byteLength;
}

/** Returns the blocks that were added, changed or removed since the entry was loaded. */
function changesOf({ versions: cached }: CacheEntry, versions: Versions): Set<number> {
  const changed = new Set<number>();
  if (cached === versions) return changed;
  for (const [block, version] of versions.byBlock) if (cached.byBlock.get(block) !== version) changed.add(block);
  for (const block of cached.byBlock.keys()) if (!versions.byBlock.has(block)) changed.add(block);
  return changed;
}

function entriesOf(range: KeyRange, changed: ReadonlySet<number>, versions: Versions): SqlFragment[] {
  if (changed.size === 0) return [];
  if (changed.size === versions.byBlock.size) return [inRange(range)];
  if (changed.size <= MAX_LISTED_BLOCKS)
    return [sql`(${inRange(range)} AND block IN (${joinSql([...changed], ', ')}))`];
  const blocks = [...changed].sort((a, b) => a - b);
  return [sql`(${inRange(range)} AND block >= ${blocks[0]!} AND block <= ${blocks.at(-1)!})`];
}

export function inRange({ from, to }: KeyRange): SqlFragment {
  return to === undefined ? sql`entry_key = ${from}` : sql`(entry_key >= ${from} AND entry_key < ${to})`;
}

/** Compares by code points, as the databases do; for the keys of a range that is a prefix test. */
function isIn(key: string, { from, to }: KeyRange): boolean {
  return to === undefined ? key === from : key.startsWith(from);
}
