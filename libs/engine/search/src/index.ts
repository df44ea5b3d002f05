export { BLOCK_WORDS, and, andNot, countBits, hasBit, isListed, keepIf, setBit } from './blocks/bitset';
export { BLOCK_IDS, blockOf } from './blocks/block';
export { offsetsIn, toContainer } from './blocks/container';
export { lowerBound } from './blocks/lower-bound';
export {
  MAX_ABBREVIATED_KEY,
  integerKeys,
  textKeys,
  timeKeys,
  type AbbreviatedKeys,
  type SortKey,
} from './ids/abbreviated-keys';
export { Column, withValues } from './ids/column';
export { IdSet } from './ids/id-set';
export { filterKeyedIds, type KeyedIds } from './ids/keyed-ids';
export { BEFORE_ALL_IDS, selectPage, type KeyedPosition } from './paging/page-selection';
export type { PageWindow } from './paging/page-window';
export { TiedKeys } from './paging/tied-keys';
export { topKCandidates, type TopKCandidates } from './paging/top-k-candidates';
export { selectTopK, type TopK } from './paging/top-k';
export { fingerprintOf, numberTexts } from './terms/fingerprint';
export { Postings } from './terms/postings';
