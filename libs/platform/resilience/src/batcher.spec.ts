import { Batcher } from './batcher';

describe('batcher', () => {
  it('single call: it forms a batch at once', async () => {
    const { batches, batcher } = setUp();
    await expect(batcher.run('a')).resolves.toEqual({ of: 'a' });
    expect(batches).toEqual([['a']]);
  });

  it('concurrent calls: those that arrive during a batch form the next one, in order', async () => {
    const { batches, batcher, finish } = setUp({ gated: true });
    const results = ['a', 'b', 'c', 'd'].map((item) => batcher.run(item));
    expect(batches).toEqual([['a']]);
    finish();
    await results[0];
    await Promise.resolve();
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
    finish();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd'].map((of) => ({ of })));
  });

  it('limits: a batch has at most itemsPerBatch items, and at most `concurrent` batches are in progress', async () => {
    const { batches, batcher, finish } = setUp({ gated: true, concurrent: 2, itemsPerBatch: 2 });
    const results = Array.from('abcdefg', (item) => batcher.run(item));
    expect(batches).toEqual([['a'], ['b']]);
    finish();
    await results[1];
    await new Promise(setImmediate);
    expect(batches.slice(2)).toEqual([
      ['c', 'd'],
      ['e', 'f'],
    ]);
    finish();
    await results[5];
    await new Promise(setImmediate);
    finish();
    await Promise.all(results);
    expect(batches.at(-1)).toEqual(['g']);
  });

  it('overload: a call beyond the waiting ones is rejected at once', async () => {
    const { batcher, finish } = setUp({ gated: true, waiting: 1 });
    const results = [batcher.run('a'), batcher.run('b')];
    await expect(batcher.run('c')).rejects.toThrow('too many');
    finish();
    await results[0];
    await new Promise(setImmediate);
    finish();
    await Promise.all(results);
  });

  it('errors: an item can fail alone, and a batch as a whole; later batches are not affected', async () => {
    const { batcher } = setUp();
    await expect(batcher.run('bad item')).rejects.toThrow('bad item');
    await expect(batcher.run('bad batch')).rejects.toThrow('bad batch');
    await expect(batcher.run('good')).resolves.toEqual({ of: 'good' });
  });
});

function setUp({ gated = false, concurrent = 1, itemsPerBatch = 100, waiting = 100 } = {}) {
  const batches: string[][] = [];
  let gates: (() => void)[] = [];
  const process = async (items: readonly string[]) => {
    batches.push([...items]);
    if (gated) await new Promise<void>((resolve) => gates.push(resolve));
    if (items.includes('bad batch')) throw new Error('bad batch');
    return Promise.allSettled(
      items.map((of) => (of === 'bad item' ? Promise.reject(new Error('bad item')) : Promise.resolve({ of }))),
    );
  };
  const batcher = new Batcher({ concurrent, itemsPerBatch, waiting }, process, () => new Error('too many'));
  const finish = () => {
    const open = gates;
    gates = [];
    for (const each of open) each();
  };
  return { batches, batcher, finish };
}
