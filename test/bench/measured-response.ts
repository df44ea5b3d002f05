import type { CatalogueQuery } from './matrix';

/** Response to one query, and its latency until the last byte. */
export interface MeasuredResponse {
  readonly query: CatalogueQuery;
  /** Path and query string of the request. */
  readonly address: string;
  readonly isCursor: boolean;
  readonly latencyMs: number;
  readonly status: number;
  readonly body: ResponseBody;
}

/** The members of a response that the benchmark reads. nestjs-paginate returns its total in `meta`. */
export interface ResponseBody {
  readonly detail?: string;
  readonly pagination?: {
    readonly total: number | null;
    readonly totalRelation: string | null;
    readonly nextCursor?: string | null;
  };
  readonly meta?: { readonly totalItems: number };
}

/** Returns the number of matching products, or undefined if the response has no exact total. */
export function exactTotal({ body: { meta, pagination } }: MeasuredResponse): number | undefined {
  if (meta !== undefined) return meta.totalItems;
  return pagination?.totalRelation === 'eq' ? (pagination.total ?? undefined) : undefined;
}
