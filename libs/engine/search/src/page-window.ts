/** The ids of a page: `limit` ids in this direction, after the first `offset` ones. */
export interface PageWindow {
  readonly direction: 'asc' | 'desc';
  readonly offset: number;
  /** One more than the page holds shows whether the list continues. */
  readonly limit: number;
}
