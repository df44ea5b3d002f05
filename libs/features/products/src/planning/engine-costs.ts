/** What the steps of a read cost on each engine, measured on a million products in memory (docs/performance.md). */
import type { Dialect } from '@platform/database';
import { BLOCK_IDS } from '../search-index/id-set';

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
  readonly idsPerBlock: number;
}

export const ENGINE_COSTS: Readonly<Record<Dialect, EngineCosts>> = {
  mysql: {
    statementMs: 0.4,
    walkedRowMs: 0.004,
    coveredRowMs: 0.000_12,
    fetchedRowMs: 0.003_6,
    joinedRowMs: 0.001_5,
    setBlockMs: 0.004,
    codeBlockMs: 0.04,
    idsPerBlock: BLOCK_IDS,
  },
  sqlite: {
    statementMs: 0.05,
    walkedRowMs: 0.002,
    coveredRowMs: 0.000_06,
    fetchedRowMs: 0.002,
    joinedRowMs: 0.001,
    setBlockMs: 0.004,
    codeBlockMs: 0.015,
    idsPerBlock: BLOCK_IDS,
  },
};
