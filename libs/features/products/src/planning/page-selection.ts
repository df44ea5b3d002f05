/** The products of a page and no others, if codes tell exactly how products compare: by the code, then by the id. */
import { keepIf, type KeyedIds } from '../search-index/keyed-ids';
import type { Segment } from './segment';
import { selectTopK } from './top-k';

/** Where in the order a part begins; no product need be there. */
export interface KeyedPosition {
  readonly abbreviatedKey: number;
  readonly id: number;
}

/** The id of a place between products of lower codes and those of its own. */
export const BEFORE_ALL_IDS = -1;

/** In the order they are listed. */
export function selectPage(keyed: KeyedIds, segment: Segment, place: KeyedPosition | undefined): KeyedPosition[] {
  const rest = place === undefined ? keyed : afterPosition(keyed, segment, place);
  if (isOneCode(rest.abbreviatedKeys)) return pageById(rest, segment);
  const ranked = selectTopK(rest, segment, undefined);
  if (ranked === undefined) return [];
  const { abbreviatedKeys, ids, lowest, highest, before } = ranked;
  // Very many may have the first or the last code, but their order is known; only those between are compared.
  const atLowest: number[] = [];
  const between: number[] = [];
  const atHighest: number[] = [];
  abbreviatedKeys.forEach((abbreviatedKey, at) =>
    (abbreviatedKey === lowest ? atLowest : abbreviatedKey === highest ? atHighest : between).push(at),
  );
  between.sort((a, b) => abbreviatedKeys[a]! - abbreviatedKeys[b]! || ids[a]! - ids[b]!);
  const ascending = [...atLowest, ...between, ...atHighest];
  const inOrder = segment.direction === 'asc' ? ascending : ascending.reverse();
  const first = segment.offset - before;
  return inOrder
    .slice(first, first + segment.limit)
    .map((at) => ({ abbreviatedKey: abbreviatedKeys[at]!, id: ids[at]! }));
}

function isOneCode(abbreviatedKeys: Uint32Array): boolean {
  return abbreviatedKeys.every((abbreviatedKey) => abbreviatedKey === abbreviatedKeys[0]);
}

/** Ids of one code are ascending. */
function pageById({ abbreviatedKeys, ids }: KeyedIds, { direction, offset, limit }: Segment): KeyedPosition[] {
  const placesOf = (some: Float64Array) => Array.from(some, (id) => ({ abbreviatedKey: abbreviatedKeys[0]!, id }));
  if (direction === 'asc') return placesOf(ids.subarray(offset, offset + limit));
  const end = Math.max(0, ids.length - offset);
  return placesOf(ids.subarray(Math.max(0, end - limit), end)).reverse();
}

function afterPosition(keyed: KeyedIds, { direction }: Segment, place: KeyedPosition): KeyedIds {
  const { abbreviatedKeys, ids } = keyed;
  const sign = direction === 'asc' ? 1 : -1;
  return keepIf(keyed, (at) => sign * (abbreviatedKeys[at]! - place.abbreviatedKey || ids[at]! - place.id) > 0);
}
