import fc from 'fast-check';
import { BLOCK_IDS, blockOf } from '../blocks/block';
import { Column, withValues } from './column';

const MAX_VALUE = 0xffff_ffff;

/** Values of a few ids in three blocks; the other ids of those blocks have the value 0. */
const someValues = fc.dictionary(
  fc.oneof(fc.nat(3 * BLOCK_IDS - 1), fc.constantFrom(0, BLOCK_IDS - 1, BLOCK_IDS)).map(String),
  fc.oneof(fc.nat(20), fc.nat(MAX_VALUE), fc.constantFrom(0, MAX_VALUE)),
  { maxKeys: 60 },
);
const toEntries = (values: Record<string, number>) =>
  Object.entries(values).map(([id, value]) => [Number(id), value] as const);

/** A column of the blocks of these values. Blocks are stored in descending order. */
function toColumn(entries: readonly (readonly [id: number, value: number])[]): Column {
  const column = new Column();
  for (const block of [2, 1, 0]) {
    const ofBlock = entries.filter(([id]) => blockOf(id) === block);
    if (ofBlock.length > 0) column.store(block, viewOf(withValues(undefined, ofBlock)));
  }
  return column;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const blocksOf = (entries: readonly (readonly [id: number, value: number])[]) =>
  new Set(entries.map(([id]) => blockOf(id)));
const bounds = fc
  .tuple(fc.oneof(fc.nat(21), fc.nat(MAX_VALUE)), fc.oneof(fc.nat(21), fc.nat(MAX_VALUE), fc.constant(MAX_VALUE)))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

describe('column', () => {
  it('values: those of ids are the ones stored, and 0 for other ids', () => {
    fc.assert(
      fc.property(someValues, fc.array(fc.nat(4 * BLOCK_IDS), { maxLength: 20 }), (values, others) => {
        const entries = toEntries(values);
        const ids = [...others, ...entries.map(([id]) => id)];
        expect([...toColumn(entries).valuesOf(Float64Array.from(ids))]).toEqual(ids.map((id) => values[id] ?? 0));
      }),
    );
  });

  it('changed values: they replace those of a stored block, and the others stay', () => {
    const ofOneBlock = fc.dictionary(fc.nat(BLOCK_IDS - 1).map(String), fc.nat(MAX_VALUE), { maxKeys: 20 });
    fc.assert(
      fc.property(ofOneBlock, ofOneBlock, fc.nat(5), (stored, changed, block) => {
        const inBlock = (values: Record<string, number>) =>
          toEntries(values).map(([offset, value]) => [block * BLOCK_IDS + offset, value] as const);
        const before = withValues(undefined, inBlock(stored));
        const copy = before.slice();
        const column = new Column();
        column.store(block, viewOf(withValues(viewOf(before), inBlock(changed))));
        const expected = inBlock({ ...stored, ...changed });
        expect([...column.valuesOf(Float64Array.from(expected, ([id]) => id))]).toEqual(
          expected.map(([, value]) => value),
        );
        expect(column.countBetween(0, MAX_VALUE)).toBe(BLOCK_IDS);
        expect(column.countBetween(0, 0)).toBe(BLOCK_IDS - expected.filter(([, value]) => value > 0).length);
        expect(Buffer.compare(before, copy)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('count: it equals that of comparing every value of the stored blocks', () => {
    fc.assert(
      fc.property(someValues, bounds, (values, [lowest, highest]) => {
        const entries = toEntries(values);
        const withoutValue = blocksOf(entries).size * BLOCK_IDS - entries.length;
        const found = entries.filter(([, value]) => value >= lowest && value <= highest).length;
        expect(toColumn(entries).countBetween(lowest, highest)).toBe(found + (lowest === 0 ? withoutValue : 0));
      }),
      { numRuns: 50 },
    );
  });

  it('removed blocks: the rest has no values of theirs, and the column is unchanged', () => {
    fc.assert(
      fc.property(someValues, fc.subarray([0, 1, 2]), (values, removed) => {
        const entries = toEntries(values);
        const column = toColumn(entries);
        const rest = column.withoutBlocks(new Set(removed));
        const ids = Float64Array.from(entries, ([id]) => id);
        expect([...rest.valuesOf(ids)]).toEqual(
          entries.map(([id, value]) => (removed.includes(blockOf(id)) ? 0 : value)),
        );
        expect([...column.valuesOf(ids)]).toEqual(entries.map(([, value]) => value));
        const remaining = [...blocksOf(entries)].filter((block) => !removed.includes(block)).length;
        expect(rest.capacity).toBe(remaining * BLOCK_IDS);
        expect(rest.byteLength).toBe(remaining * 48 * 1_024);
      }),
    );
  });

  it('sort order: the offsets of a block are by value, then by id', () => {
    fc.assert(
      fc.property(someValues, bounds, (values, [lowest, highest]) => {
        const ofFirst = toEntries(values).filter(([id]) => id < BLOCK_IDS);
        const column = new Column();
        column.store(0, viewOf(withValues(undefined, ofFirst)));
        const sorted = Array.from({ length: BLOCK_IDS }, (_, offset) => ({ offset, value: values[offset] ?? 0 })).sort(
          (a, b) => a.value - b.value || a.offset - b.offset,
        );
        const [order] = column.sort();
        expect(order!.every((offset, rank) => offset === sorted[rank]!.offset)).toBe(true);
        const inside = sorted.filter(({ value }) => value >= lowest && value <= highest);
        expect([...column.block(0)!.offsetsBetween(lowest, highest)]).toEqual(inside.map(({ offset }) => offset));
      }),
      { numRuns: 10 },
    );
  });
});

describe('quantiles of a column', () => {
  const BLOCKS = 4;
  const columns = ([2, 300, MAX_VALUE] as const).map((distinct) => {
    const all = Float64Array.from(
      { length: BLOCKS * BLOCK_IDS },
      (_, id) => ((id * 2_654_435_761) % MAX_VALUE) % distinct,
    );
    const column = new Column();
    for (let block = 0; block < BLOCKS; block++) {
      const values = Uint32Array.from(all.subarray(block * BLOCK_IDS, (block + 1) * BLOCK_IDS));
      column.store(
        block,
        viewOf(
          withValues(
            undefined,
            Array.from(values, (value, at) => [at, value] as const),
          ),
        ),
      );
    }
    return { column, all };
  });

  it.each(['asc', 'desc'] as const)(
    'value after about n ids, %s: per block it is 1,024 ids too far at most',
    (direction) => {
      const cases = fc.tuple(fc.constantFrom(...columns), fc.nat(BLOCKS * BLOCK_IDS - 1), fc.nat(BLOCKS * BLOCK_IDS));
      fc.assert(
        fc.property(cases, ([{ column, all }, startId, ids]) => {
          const start = all[startId]!;
          const sign = direction === 'asc' ? 1 : -1;
          const found = column.valueAfter(start, ids, direction);
          /** Ids from `start` to the value found, without and with those of that value. */
          let without = 0;
          let including = 0;
          for (const value of all) {
            if (sign * (value - start) < 0) continue;
            if (found === undefined || sign * (value - found) < 0) without += 1;
            if (found === undefined || sign * (value - found) <= 0) including += 1;
          }
          const steps = Math.ceil(ids / 1_024);
          expect(without).toBeLessThanOrEqual((steps + BLOCKS) * 1_024);
          if (found === undefined) return;
          expect(sign * (found - start)).toBeGreaterThanOrEqual(0);
          expect(including).toBeGreaterThanOrEqual((steps + 1 - BLOCKS) * 1_024);
        }),
        { numRuns: 150 },
      );
    },
  );
});
