/** The products of a page and no others, if codes tell exactly how products compare: by the code, then by the id. */
import { keepIf, type CodedIds } from '../search-index/coded-ids';
import type { ListPart } from './list-part';
import { rank } from './ranked-ids';

/** Where in the order a part begins; no product need be there. */
export interface CodedPlace {
  readonly code: number;
  readonly id: number;
}

/** The id of a place between products of lower codes and those of its own. */
export const BEFORE_ALL_IDS = -1;

/** In the order they are listed. */
export function exactPage(coded: CodedIds, part: ListPart, place: CodedPlace | undefined): CodedPlace[] {
  const rest = place === undefined ? coded : beyondPlace(coded, part, place);
  if (isOneCode(rest.codes)) return pageById(rest, part);
  const ranked = rank(rest, part, undefined);
  if (ranked === undefined) return [];
  const { codes, ids, lowest, highest, before } = ranked;
  // Very many may have the first or the last code, but their order is known; only those between are compared.
  const atLowest: number[] = [];
  const between: number[] = [];
  const atHighest: number[] = [];
  codes.forEach((code, at) => (code === lowest ? atLowest : code === highest ? atHighest : between).push(at));
  between.sort((a, b) => codes[a]! - codes[b]! || ids[a]! - ids[b]!);
  const ascending = [...atLowest, ...between, ...atHighest];
  const inOrder = part.direction === 'asc' ? ascending : ascending.reverse();
  const first = part.offset - before;
  return inOrder.slice(first, first + part.limit).map((at) => ({ code: codes[at]!, id: ids[at]! }));
}

function isOneCode(codes: Uint32Array): boolean {
  return codes.every((code) => code === codes[0]);
}

/** Ids of one code are ascending. */
function pageById({ codes, ids }: CodedIds, { direction, offset, limit }: ListPart): CodedPlace[] {
  const placesOf = (some: Float64Array) => Array.from(some, (id) => ({ code: codes[0]!, id }));
  if (direction === 'asc') return placesOf(ids.subarray(offset, offset + limit));
  const end = Math.max(0, ids.length - offset);
  return placesOf(ids.subarray(Math.max(0, end - limit), end)).reverse();
}

function beyondPlace(coded: CodedIds, { direction }: ListPart, place: CodedPlace): CodedIds {
  const { codes, ids } = coded;
  const sign = direction === 'asc' ? 1 : -1;
  return keepIf(coded, (at) => sign * (codes[at]! - place.code || ids[at]! - place.id) > 0);
}
