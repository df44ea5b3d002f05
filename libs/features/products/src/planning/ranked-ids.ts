/**
 * Cuts a page out of a set of products by their codes: the ids among which all rows of the page are, and how many
 * rows come before them. Codes are coarser than keys, so a few more ids than the page holds may remain.
 */
import { CodedIdList, type CodedIds } from '../search-index/coded-ids';
import { codeAtRank, MAX_CODE } from '../search-index/sort-codes';
import type { ListPart } from './list-part';

export interface RankedIds extends CodedIds {
  /** Rows of the part that come before all of these. */
  readonly before: number;
  /** Between which all of their codes lie, both included. */
  readonly lowest: number;
  readonly highest: number;
  /** Whether they suffice for the whole page; otherwise the part ends on it. */
  readonly isEnough: boolean;
}

/** `beyond` is the code of the place that the part begins at. Undefined where nothing is left for the page. */
export function rank({ codes, ids }: CodedIds, part: ListPart, beyond: number | undefined): RankedIds | undefined {
  const isAsc = part.direction === 'asc';
  const turned = (code: number) => (isAsc ? code : MAX_CODE - code);
  const forward = isAsc ? codes : codes.map(turned);
  const start = beyond === undefined ? undefined : turned(beyond);
  const { passed, atStart } = countUpTo(start, forward);
  const skipped = passed + part.offset;
  if (skipped >= forward.length) return undefined;
  const first = start !== undefined && part.offset === 0 ? start : codeAtRank(forward, skipped);
  // Products with the code of the place itself may lie on either side of it, so as many again are taken.
  const last = codeAtRank(forward, Math.min(forward.length - 1, skipped + atStart + part.limit - 1));
  const [lowest, highest] = isAsc ? [first, last] : [turned(last), turned(first)];
  const { before, among } = cut({ codes: forward, ids }, first, last);
  return {
    codes: isAsc ? among.codes : among.codes.map(turned),
    ids: among.ids,
    before: before - passed,
    lowest,
    highest,
    isEnough: forward.length - atStart >= skipped + part.limit,
  };
}

function cut({ codes, ids }: CodedIds, first: number, last: number): { before: number; among: CodedIds } {
  let before = 0;
  const among = new CodedIdList();
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code < first) before += 1;
    else if (code <= last) among.push(code, ids[at]!);
  }
  return { before, among: among.whole() };
}

function countUpTo(start: number | undefined, codes: Uint32Array): { passed: number; atStart: number } {
  let passed = 0;
  let atStart = 0;
  if (start === undefined) return { passed, atStart };
  for (const code of codes) {
    if (code < start) passed += 1;
    else if (code === start) atStart += 1;
  }
  return { passed, atStart };
}
