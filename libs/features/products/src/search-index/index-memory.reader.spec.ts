import type { SqlFragment } from '@platform/database';
import { BLOCK_IDS } from './block';
import { IndexMemoryReader } from './index-memory.reader';
import { toPosting } from './posting';

const WORD = { from: 'word:tomato' };

/** A search index of one word, whose blocks change between the statements that are sent to it. */
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

  /** What happens after a statement has been answered, one after another. */
  then(...changes: (() => void)[]): void {
    this.changes.push(...changes);
  }

  read({ text, values }: SqlFragment): Promise<unknown[]> {
    this.statements.push(text);
    const answer = this.answer(text, values);
    this.changes.shift()?.();
    return Promise.resolve(answer);
  }

  private answer(text: string, values: readonly unknown[]): unknown[] {
    const all = [...this.blocks].map(([block, { version, offsets }]) => ({ block, version, offsets }));
    if (text.includes('SUM(version)'))
      return [{ sum: all.length === 0 ? null : all.reduce((sum, { version }) => sum + version, 0) }];
    if (text.includes('FROM search_block')) return all;
    const asked = text.includes('block IN') ? all.filter(({ block }) => values.includes(block)) : all;
    return asked.map(({ block, offsets }) => ({ entryKey: WORD.from, block, data: toPosting(offsets) }));
  }
}

describe('the search index in memory', () => {
  let stored: StoredIndex;
  let memory: IndexMemoryReader;
  const idsNow = async () => (await memory.read([WORD], [], stored as never)).sets[0]!.toArray().sort((a, b) => a - b);

  beforeEach(() => {
    stored = new StoredIndex();
    memory = new IndexMemoryReader();
    stored.change(0, [1, 2]);
    stored.change(1, [3]);
  });

  it('is read once, and then only asked whether it has changed', async () => {
    expect(await idsNow()).toEqual([1, 2, BLOCK_IDS + 3]);
    stored.statements.length = 0;
    expect(await idsNow()).toEqual([1, 2, BLOCK_IDS + 3]);
    expect(stored.statements).toEqual(['SELECT SUM(version) AS sum FROM search_block']);
  });

  it('reads again what has changed, and no more', async () => {
    await idsNow();
    stored.statements.length = 0;
    stored.change(1, [4]);
    expect(await idsNow()).toEqual([1, 2, BLOCK_IDS + 4]);
    expect(stored.statements.filter((text) => text.includes('FROM search_index'))).toEqual([
      expect.stringContaining('block IN (?)'),
    ]);
  });

  it('is read again when it changes while it is read, so that all of it is of one moment', async () => {
    const nothing = () => undefined;
    stored.then(nothing, nothing, () => stored.change(0, [9]));
    expect(await idsNow()).toEqual([9, BLOCK_IDS + 3]);
  });

  it('answers even where it never stops changing', async () => {
    let version = 1_000;
    stored.then(...Array.from({ length: 50 }, () => () => stored.change(0, [9], version++)));
    expect(await idsNow()).toContain(9);
    expect(stored.statements.length).toBeLessThan(15);
  });

  it('forgets what is there no more', async () => {
    await idsNow();
    stored.empty();
    expect(await idsNow()).toEqual([]);
  });
});
