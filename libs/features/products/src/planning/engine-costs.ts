/** What the steps of a read cost on each engine, measured on a million products in memory (docs/performance.md). */
import type { Dialect } from '@platform/database';

export interface EngineCosts {
  readonly statementMs: number;
  /** A product read through an index and tested. */
  readonly walkedRowMs: number;
  /** An index entry passed without reading its product. */
  readonly coveredRowMs: number;
  /** A product read by its id, tested and sorted. */
  readonly fetchedRowMs: number;
  /** A producer read for a product. */
  readonly joinedRowMs: number;
  /** A block of a set brought here and united. */
  readonly setBlockMs: number;
  /** A block of sort codes brought here. */
  readonly codeBlockMs: number;
  /** An id brought here from an index. */
  readonly listedIdMs: number;
  /** An id looked at here. */
  readonly idMs: number;
}

export const ENGINE_COSTS: Readonly<Record<Dialect, EngineCosts>> = {
  mysql: {
    statementMs: 0.4,
    walkedRowMs: 0.004,
    coveredRowMs: 0.000_12,
    fetchedRowMs: 0.003_6,
    joinedRowMs: 0.001_5,
    setBlockMs: 0.005,
    codeBlockMs: 0.045,
    listedIdMs: 0.000_5,
    idMs: 0.000_02,
  },
  sqlite: {
    statementMs: 0.05,
    walkedRowMs: 0.002,
    coveredRowMs: 0.000_06,
    fetchedRowMs: 0.002,
    joinedRowMs: 0.001,
    setBlockMs: 0.005,
    codeBlockMs: 0.015,
    listedIdMs: 0.000_5,
    idMs: 0.000_02,
  },
};
