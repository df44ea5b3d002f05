export {
  MAX_ABBREVIATED_KEY,
  integerKeys,
  textKeys,
  timeKeys,
  type AbbreviatedKeys,
  type SortKey,
} from './abbreviated-keys';
export { BLOCK_WORDS, and, andNot, countBits, hasBit, isListed, keepIf, setBit } from './bitset';
export { BLOCK_IDS, blockOf } from './block';
export { Column, withValues } from './column';
export { offsetsIn, toContainer } from './container';
export { fingerprintOf, numberTexts } from './fingerprint';
export { IdSet } from './id-set';
export { filterKeyedIds, type KeyedIds } from './keyed-ids';
export { lowerBound } from './lower-bound';
export { BEFORE_ALL_IDS, selectPage, type KeyedPosition } from './page-selection';
export type { PageWindow } from './page-window';
export { TiedKeys } from './tied-keys';
export { topKCandidates, type TopKCandidates } from './top-k-candidates';
export { selectTopK, type TopK } from './top-k';
export { Postings } from './postings';
