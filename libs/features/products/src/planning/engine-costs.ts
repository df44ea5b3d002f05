/** What the steps of a read cost on each engine, measured on a million products in memory (docs/performance.md). */
import type { Dialect } from '@platform/database';

export interface EngineCosts {
  readonly statementMs: number;
  /** A product read through an index and tested. */
  readonly scannedRowMs: number;
  /** An index entry passed without reading its product. */
  readonly coveredRowMs: number;
  /** A product read by its id, tested and sorted. */
  readonly fetchedRowMs: number;
  /** A producer read for a product. */
  readonly joinedRowMs: number;
  /** A block of a set met with another in memory. */
  readonly setBlockMs: number;
  /** A block of a set cut by the values of a column in memory. */
  readonly cutBlockMs: number;
  /** An id that matches, or is passed over on the way to the page, in memory. */
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
    cutBlockMs: 0.006,
    rankedIdMs: 0.000_015,
  },
  sqlite: {
    statementMs: 0.05,
    scannedRowMs: 0.002,
    coveredRowMs: 0.000_06,
    fetchedRowMs: 0.002,
    joinedRowMs: 0.001,
    setBlockMs: 0.000_5,
    cutBlockMs: 0.006,
    rankedIdMs: 0.000_015,
  },
};
