import { MAX_STATEMENT_BYTES, MAX_STATEMENT_ROWS, MAX_STATEMENT_VALUES } from '../writing.policy';
import type { SqlValue } from './sql';

/** Two quotes and a comma. */
const PUNCTUATION_BYTES = 3;

/**
 * Splits rows, in order, into chunks that fit into one statement by rows, placeholders and bytes: five rows of 100 KiB
 * → chunks of 2, 2 and 1. A row above the byte limit has a chunk of its own.
 */
export function chunkRows<Row>(rows: readonly Row[], valuesOf: (row: Row) => readonly SqlValue[]): Row[][] {
  const chunks: Row[][] = [];
  let values = 0;
  let bytes = 0;
  for (const row of rows) {
    const rowValues = valuesOf(row);
    values += rowValues.length;
    const rowBytes = bytesOf(rowValues);
    bytes += rowBytes;
    const chunk = chunks.at(-1);
    const fits = bytes <= MAX_STATEMENT_BYTES && values <= MAX_STATEMENT_VALUES;
    if (chunk !== undefined && fits && chunk.length < MAX_STATEMENT_ROWS) chunk.push(row);
    else {
      chunks.push([row]);
      values = rowValues.length;
      bytes = rowBytes;
    }
  }
  return chunks;
}

/** Splits the values of an IN list in the same way. */
export function chunkValues<Value extends SqlValue>(values: readonly Value[]): Value[][] {
  return chunkRows(values, (value) => [value]);
}

function bytesOf(values: readonly SqlValue[]): number {
  return values.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)) + PUNCTUATION_BYTES, 0);
}
