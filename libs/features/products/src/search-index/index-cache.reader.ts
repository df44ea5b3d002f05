/**
 * What was read of the search index, kept in this process: a piece is a set of ids or a column. Every read first asks
 * whether any block has changed since, and reads again what has, so an answer is never older than its question.
 */
import { totalmem } from 'node:os';
import { Injectable } from '@nestjs/common';
import { joinSql, sql, type SqlFragment } from '@platform/database';
import { LRUCache } from 'lru-cache';
import type { ReadSession } from '../catalogue.reader';
import { Column, columnKey, type ColumnName } from './column';
import { IdSet } from './id-set';
import type { KeyRange } from './index-keys';
import { viewOf, type StoredBytes } from './stored-bytes';

/**
 * Of a million products a column takes 4 MB, 6 MB sorted, and a set up to 122 KB: all columns of ten million fit. In a
 * small container, whose limit is known to the process, a quarter of it has to do.
 */
const MAX_BYTES = Math.min(512 * 1_024 * 1_024, Math.min(totalmem(), process.constrainedMemory() || Infinity) / 4);

/** Also of entries without content: whatever clients search for, there are no more of them. */
const MAX_ENTRIES = 10_000;

/** Heap bytes of an entry without its content: objects, key, and for each block its version. */
const ENTRY_BYTES = 1_024;
const VERSION_BYTES = 48;

/** Changed blocks that a condition lists; more are read as the range that they lie in. */
const MAX_LISTED_BLOCKS = 200;

/** So often it is read again what changes while it is read; then pieces a moment apart have to do. */
const MAX_ATTEMPTS = 3;

/** Each change of a block counts its version up. */
interface Versions {
  readonly sum: number;
  readonly byBlock: ReadonlyMap<number, number>;
}

interface CacheEntry<Content extends IdSet | Column = IdSet | Column> {
  readonly range: KeyRange;
  readonly content: Content;
  /** Its content is at least as new as these. */
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
   * All as they were at one moment. Through one view: contents from a server that is behind the one whose versions
   * they are kept with would never be read again.
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
    let pieces: CacheEntry[] = empty.map((piece) => this.entries.get(nameOf(piece.range)) ?? piece);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const versions = await this.readVersions(session);
      const changes = pieces.map((piece) => changesOf(piece, versions));
      if (changes.every(({ size }) => size === 0)) break;
      pieces = await this.refresh(pieces, changes, versions, session);
    }
    for (const piece of pieces) this.entries.set(nameOf(piece.range), piece);
    const contents = pieces.map(({ content }) => content);
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
    pieces: readonly CacheEntry[],
    changes: readonly ReadonlySet<number>[],
    versions: Versions,
    session: ReadSession,
  ): Promise<CacheEntry[]> {
    const renewed = pieces.map(({ range, content }, at) => ({
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

function nameOf({ from, to = '' }: KeyRange): string {
  return `${from} ${to}`;
}

function sizeOf({ content, versions }: CacheEntry, name: string): number {
  return ENTRY_BYTES + name.length + versions.byBlock.size * VERSION_BYTES + content.byteLength;
}

/** Blocks that were added, changed or removed since. */
function changesOf({ versions: known }: CacheEntry, versions: Versions): Set<number> {
  const changed = new Set<number>();
  if (known === versions) return changed;
  for (const [block, version] of versions.byBlock) if (known.byBlock.get(block) !== version) changed.add(block);
  for (const block of known.byBlock.keys()) if (!versions.byBlock.has(block)) changed.add(block);
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

/** As the databases compare: by code points, which for keys of one range is how they begin. */
function isIn(key: string, { from, to }: KeyRange): boolean {
  return to === undefined ? key === from : key.startsWith(from);
}
