import type { CatalogueQuery } from './matrix';

/** What came back to one query, and how long the client waited until the last byte. */
export interface Answer {
  readonly query: CatalogueQuery;
  /** What was asked, without the host. */
  readonly address: string;
  readonly isCursor: boolean;
  readonly latencyMs: number;
  readonly status: number;
  readonly body: AnswerBody;
}

/** What of the contenders' answers is looked at; nestjs-paginate has its total in `meta`. */
export interface AnswerBody {
  readonly detail?: string;
  readonly pagination?: {
    readonly total: number | null;
    readonly totalRelation: string | null;
    readonly nextCursor?: string | null;
  };
  readonly meta?: { readonly totalItems: number };
}

/** How many products match, where the answer says it exactly. */
export function exactTotal({ body: { meta, pagination } }: Answer): number | undefined {
  if (meta !== undefined) return meta.totalItems;
  return pagination?.totalRelation === 'eq' ? (pagination.total ?? undefined) : undefined;
}
