/** Cost of each step of a read per engine, in ms, measured on a million products in memory (docs/performance.md). */
import type { Dialect } from '@platform/database';

export interface EngineCosts {
  readonly statementMs: number;
  /** Reading a product through an index and testing it. */
  readonly scannedRowMs: number;
  /** Passing an index entry without reading its product. */
  readonly coveredRowMs: number;
  /** Reading a product by its id, testing and sorting it. */
  readonly fetchedRowMs: number;
  /** Reading the producer of a product. */
  readonly joinedRowMs: number;
  /** Intersecting a block of a set with another, in memory. */
  readonly setBlockMs: number;
  /** Filtering a block of a set by a column, in memory. */
  readonly columnBlockMs: number;
  /** Ranking a matching id, or passing an id before the page, in memory. */
  readonly rankedIdMs: number;
}

export const ENGINE_COSTS: Readonly<Record<Dialect, EngineCosts>> = {
  mysql: {
    statementMs: 0.4,
    scannedRowMs: 0.004,
    coveredRowMs: 0.000_12,
    fetchedRowMs: 0.003_6,
    joinedRowMs: 0.001_5,
    setBlockMs: 0.000_5,
    columnBlockMs: 0.006,
    rankedIdMs: 0.000_015,
  },
  sqlite: {
    statementMs: 0.05,
    scannedRowMs: 0.002,
    coveredRowMs: 0.000_06,
    fetchedRowMs: 0.002,
    joinedRowMs: 0.001,
    setBlockMs: 0.000_5,
    columnBlockMs: 0.006,
    rankedIdMs: 0.000_015,
  },
};
