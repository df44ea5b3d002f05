/**
 * The ids of a page: `limit` ids in this direction, after the first `offset` ones. `offset` is a whole number from 0,
 * `limit` from 1: page 3 of 20 ids is `{ direction: 'asc', offset: 40, limit: 21 }`.
 */
export interface PageWindow {
  readonly direction: 'asc' | 'desc';
  readonly offset: number;
  /** One more than the page holds shows whether the list continues. */
  readonly limit: number;
}
