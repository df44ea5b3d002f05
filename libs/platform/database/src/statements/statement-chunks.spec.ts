import fc from 'fast-check';
import { MAX_STATEMENT_BYTES, MAX_STATEMENT_ROWS, MAX_STATEMENT_VALUES } from '../writing.policy';
import { chunkRows, chunkValues } from './statement-chunks';

describe('statement chunks', () => {
  const sizes = (rows: readonly (readonly string[])[]) => chunkRows(rows, (row) => row).map(({ length }) => length);
  const kib = (count: number, character = 'x') => [character.repeat((count * 1_024) / Buffer.byteLength(character))];

  it('chunk bytes: rows are split by their size in UTF-8', () => {
    expect(sizes([kib(100), kib(100), kib(100), kib(100), kib(100)])).toEqual([2, 2, 1]);
    expect(sizes([kib(100, 'क'), kib(100, 'क'), kib(100, 'क')])).toEqual([2, 1]);
  });

  it('chunk rows: values are split at 1,000, and wide rows by their placeholders', () => {
    expect(chunkValues(Array.from({ length: 2_500 }, (_, i) => i)).map(({ length }) => length)).toEqual([
      1_000, 1_000, 500,
    ]);
    const wide = Array.from({ length: 40 }, () => '');
    expect(sizes(Array.from({ length: 1_000 }, () => wide))).toEqual([750, 250]);
  });

  it('oversized row: it has a chunk of its own', () => {
    expect(sizes([kib(1), kib(300), kib(1)])).toEqual([1, 1, 1]);
  });

  it('chunk limits: all rows are kept in order, and every chunk of several rows is within the limits', () => {
    const row = fc.array(fc.oneof(fc.integer(), fc.constant(null), fc.string({ unit: 'grapheme' })), { maxLength: 50 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 50 }), fc.integer({ min: 1, max: 60 }), (rows, times) => {
        const many = Array.from({ length: times }, () => rows).flat();
        const chunks = chunkRows(many, (values) => values);
        expect(chunks.flat()).toEqual(many);
        for (const chunk of chunks) {
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length).toBeLessThanOrEqual(MAX_STATEMENT_ROWS);
          if (chunk.length === 1) continue;
          expect(chunk.flat().length).toBeLessThanOrEqual(MAX_STATEMENT_VALUES);
          expect(Buffer.byteLength(chunk.flat().join(''))).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
        }
      }),
      { numRuns: 30 },
    );
  });
});
