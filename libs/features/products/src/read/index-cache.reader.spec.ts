import { BLOCK_IDS, toContainer } from '@engine/search';
import type { SqlFragment } from '@platform/database';
import { IndexCacheReader } from './index-cache.reader';

const WORD = { from: 'word:tomato' };

/** A search index of one word whose blocks change between statements. */
class StoredIndex {
  readonly statements: string[] = [];
  private readonly blocks = new Map<number, { version: number; offsets: number[] }>();
  private readonly changes: (() => void)[] = [];

  change(block: number, offsets: number[], version = (this.blocks.get(block)?.version ?? 100) + 1): void {
    this.blocks.set(block, { version, offsets });
  }

  empty(): void {
    this.blocks.clear();
  }

  /** Changes that are applied after statements, one after each. */
  changeAfterStatements(...changes: (() => void)[]): void {
    this.changes.push(...changes);
  }

  read({ text, values }: SqlFragment): Promise<unknown[]> {
    this.statements.push(text);
    const rows = this.execute(text, values);
    this.changes.shift()?.();
    return Promise.resolve(rows);
  }

  private execute(text: string, values: readonly unknown[]): unknown[] {
    const all = [...this.blocks].map(([block, { version, offsets }]) => ({ block, version, offsets }));
    if (text.includes('SUM(version)'))
      return [{ sum: all.length === 0 ? null : all.reduce((sum, { version }) => sum + version, 0) }];
    if (text.includes('FROM search_block')) return all;
    return this.blocksRequested(text, values, all).map(({ block, offsets }) => {
      return { entryKey: WORD.from, block, data: toContainer(offsets) };
    });
  }

  private blocksRequested<B extends { block: number }>(text: string, values: readonly unknown[], all: B[]): B[] {
    if (text.includes('block IN')) return all.filter(({ block }) => values.includes(block));
    if (!text.includes('block >=')) return all;
    const [first, last] = values.slice(-2).map(Number);
    return all.filter(({ block }) => block >= first! && block <= last!);
  }
}

describe('search index cache', () => {
  let stored: StoredIndex;
  let cache: IndexCacheReader;
  const readIds = async () => (await cache.read([WORD], [], stored as never)).sets[0]!.toArray().sort((a, b) => a - b);

  beforeEach(() => {
    stored = new StoredIndex();
    cache = new IndexCacheReader();
    stored.change(0, [1, 2]);
    stored.change(1, [3]);
  });

  it('cache hit: the index is read once, afterwards only its version is queried', async () => {
    expect(await readIds()).toEqual([1, 2, BLOCK_IDS + 3]);
    stored.statements.length = 0;
    expect(await readIds()).toEqual([1, 2, BLOCK_IDS + 3]);
    expect(stored.statements).toEqual(['SELECT SUM(version) AS sum FROM search_block']);
  });

  it('invalidation: only changed blocks are read again', async () => {
    await readIds();
    stored.statements.length = 0;
    stored.change(1, [4]);
    expect(await readIds()).toEqual([1, 2, BLOCK_IDS + 4]);
    expect(stored.statements.filter((text) => text.includes('FROM search_index'))).toEqual([
      expect.stringContaining('block IN (?)'),
    ]);
  });

  it('snapshot: an index that changes during a read is read again, so that all blocks are of one moment', async () => {
    const noChange = () => undefined;
    stored.changeAfterStatements(noChange, noChange, () => stored.change(0, [9]));
    expect(await readIds()).toEqual([9, BLOCK_IDS + 3]);
  });

  it('bounded retries: a read succeeds although the index never stops changing', async () => {
    let version = 1_000;
    stored.changeAfterStatements(...Array.from({ length: 50 }, () => () => stored.change(0, [9], version++)));
    expect(await readIds()).toContain(9);
    expect(stored.statements.length).toBeLessThan(15);
  });

  it('invalidation: removed blocks are removed from the cache', async () => {
    await readIds();
    stored.empty();
    expect(await readIds()).toEqual([]);
  });

  it('statement size: a statement has few parameters even if 1,500 blocks have changed', async () => {
    for (let block = 0; block < 2_000; block++) stored.change(block, [1]);
    expect(await readIds()).toHaveLength(2_000);
    for (let block = 0; block < 1_500; block++) stored.change(block, [2]);
    stored.statements.length = 0;
    expect((await readIds()).slice(0, 2)).toEqual([2, BLOCK_IDS + 2]);
    const [statement] = stored.statements.filter((text) => text.includes('FROM search_index'));
    expect(statement!.split('?').length - 1).toBeLessThan(10);
  });

  it('LRU eviction: the cache is bounded by entries, including those of absent words', async () => {
    const readFrom = async (word: string) => {
      stored.statements.length = 0;
      await cache.read([{ from: `word:${word}`, to: `word:${word}\u{10ffff}` }], [], stored as never);
      return stored.statements.some((text) => text.includes('FROM search_index')) ? 'database' : 'memory';
    };
    expect(await readFrom('absent')).toBe('database');
    expect(await readFrom('absent')).toBe('memory');
    for (let other = 0; other < 20_000; other++) await readFrom(`absent${other}`);
    expect(await readFrom('absent')).toBe('database');
    expect(await readFrom('absent19999')).toBe('memory');
  });
});
