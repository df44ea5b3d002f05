/** The ids of a page and no others, where codes tell exactly how products compare: by the code, then by the id. */
import type { ListPart } from './list-part';
import type { RankedIds } from './ranked-ids';

/** Where in the order a part begins; no product need be there. */
export interface CodedPlace {
  readonly code: number;
  readonly id: number;
}

/** The id of a place between products of lower codes and those of its own. */
export const BEFORE_ALL_IDS = -1;

/** In the order they are listed. */
export function exactPage({ codes, ids, before }: RankedIds, part: ListPart, place: CodedPlace | undefined): number[] {
  const sign = part.direction === 'asc' ? 1 : -1;
  const isBeyond = (at: number) => place === undefined || sign * (codes[at]! - place.code || ids[at]! - place.id) > 0;
  const first = part.offset - before;
  const sorted = Uint32Array.from(ids.keys())
    .filter(isBeyond)
    .sort((a, b) => sign * (codes[a]! - codes[b]! || ids[a]! - ids[b]!));
  return Array.from(sorted.subarray(first, first + part.limit), (at) => ids[at]!);
}
