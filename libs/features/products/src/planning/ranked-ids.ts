/**
 * Cuts a page out of a set of products by their codes: the ids among which all rows of the page are, and how many
 * rows come before them. Codes are coarser than keys, so a few more ids than the page holds may remain.
 */
import type { CodedIds } from '../search-index/id-set';
import { codeAtRank, MAX_CODE } from '../search-index/sort-codes';
import type { ListPart } from './list-part';

export interface RankedIds extends CodedIds {
  /** Rows of the part that come before all of these. */
  readonly before: number;
  /** Between which all of their codes lie, both included. */
  readonly lowest: number;
  readonly highest: number;
}

/** `beyond` is the code of the place that the part begins at. Undefined where nothing is left for the page. */
export function rank({ codes, ids }: CodedIds, part: ListPart, beyond: number | undefined): RankedIds | undefined {
  const isAsc = part.direction === 'asc';
  const forward = isAsc ? codes : codes.map((code) => MAX_CODE - code);
  const start = isAsc ? (beyond ?? 0) : MAX_CODE - (beyond ?? MAX_CODE);
  const { passed, atStart } = beyond === undefined ? { passed: 0, atStart: 0 } : countUpTo(forward, start);
  const skipped = passed + part.offset;
  if (skipped >= forward.length) return undefined;
  const first = part.offset === 0 ? start : codeAtRank(forward, skipped);
  // Products with the code of the place itself may lie on either side of it, so as many again are taken.
  const last = codeAtRank(forward, Math.min(forward.length - 1, skipped + atStart + part.limit - 1));
  const among: number[] = [];
  let before = 0;
  for (let at = 0; at < forward.length; at++) {
    const code = forward[at]!;
    if (code < first) before += 1;
    else if (code <= last) among.push(at);
  }
  const [lowest, highest] = isAsc ? [first, last] : [MAX_CODE - last, MAX_CODE - first];
  return {
    codes: Uint32Array.from(among, (at) => codes[at]!),
    ids: Float64Array.from(among, (at) => ids[at]!),
    before: before - passed,
    lowest,
    highest,
  };
}

function countUpTo(codes: Uint32Array, start: number): { passed: number; atStart: number } {
  let passed = 0;
  let atStart = 0;
  for (const code of codes) {
    if (code < start) passed += 1;
    else if (code === start) atStart += 1;
  }
  return { passed, atStart };
}
