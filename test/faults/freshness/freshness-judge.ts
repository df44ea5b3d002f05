/** Decides whether responses show a state of the catalogue that was at most a second old when they were requested. */
import { isDeepStrictEqual } from 'node:util';
import type { ProductDraft } from '@catalogue';
import { factsOf, type CatalogueQuery, type Facts, type PageQuery, type ProductRow } from './catalogue-query';
import { expectedFacts, expectedRow } from './expected-response';
import { MAX_STALENESS_MS, type CatalogueHistory, type Change } from './freshness-model';

/** A request and its response, with times of the monotonic clock. */
export interface Read {
  readonly query: CatalogueQuery;
  readonly replica: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string;
  readonly cacheStatus: string;
  readonly body: string;
}

/**
 * `mixed`: the statements that read the page saw different legal states. `declared-stale`: the response declares that
 * the catalogue could not be read. `unavailable`: a problem with status 503 and `Retry-After`.
 */
export type Verdict = 'fresh' | 'mixed' | 'declared-stale' | 'unavailable' | { readonly violation: string };

interface StateRange {
  readonly first: number;
  readonly last: number;
}

export class FreshnessJudge {
  /** Expected facts by query and state. */
  private readonly expectations = new WeakMap<CatalogueQuery, Map<number, Facts>>();

  constructor(private readonly history: CatalogueHistory) {}

  judge(read: Read): Verdict {
    const { query, status, contentType, retryAfter, cacheStatus, body } = read;
    if (cacheStatus.includes('fwd=stale')) return 'declared-stale';
    if (status === 503 && contentType.startsWith('application/problem+json') && Number(retryAfter) > 0)
      return 'unavailable';
    if (status !== 200 && !(status === 404 && query.kind === 'product'))
      return this.violation(read, `unexpected status ${status}: ${body.slice(0, 200)}`);
    const facts = factsOf(query, status, body);
    const legal = this.history.legalStates(read.sentAtMs, read.receivedAtMs);
    if (this.newestEqual(query, facts, legal) !== undefined) return 'fresh';
    if (query.kind === 'page' && this.isMixed(query, facts, legal)) return 'mixed';
    return this.violation(read, this.reasonFor(read, facts, legal));
  }

  private newestEqual(query: CatalogueQuery, facts: Facts, { first, last }: StateRange): number | undefined {
    for (let at = last; at >= first; at--) if (isEqual(facts, this.expected(query, at))) return at;
    return undefined;
  }

  /**
   * A page is read by several statements without a common snapshot. So during changes it may show a product of one state
   * and the total of another. Each part must be legal: the content of each row, its presence, and the total.
   */
  private isMixed(query: CatalogueQuery & { kind: 'page' }, facts: Facts, { first, last }: StateRange): boolean {
    const states = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    const pages = states.map((at) => this.expected(query, at));
    const idsOfPages = pages.map(({ rows }) => new Set(rows.map(idOf)));
    const shown = new Set(facts.rows.map(idOf));
    const isShownLegally = (row: ProductRow) =>
      idsOfPages.some((ids) => ids.has(row.id)) && states.some((at) => this.hasRow(row, at, query.list.near));
    return (
      pages.some((page) => !isEqual(page, pages[0]!)) &&
      (facts.rows as readonly ProductRow[]).every(isShownLegally) &&
      [...idsOfPages[0]!].every((id) => shown.has(id) || idsOfPages.some((ids) => !ids.has(id))) &&
      (facts.total === undefined || pages.some(({ total }) => total === facts.total))
    );
  }

  private hasRow(row: ProductRow, at: number, near: PageQuery['near']): boolean {
    return isDeepStrictEqual(row, expectedRow(row.id, this.history.state(at), near));
  }

  private expected(query: CatalogueQuery, at: number): Facts {
    const ofQuery = this.expectations.get(query) ?? new Map<number, Facts>();
    this.expectations.set(query, ofQuery);
    const known = ofQuery.get(at) ?? expectedFacts(query, this.history.state(at));
    ofQuery.set(at, known);
    return known;
  }

  /** Finds the first change that the response lacks, if the response equals an earlier state. */
  private reasonFor({ query, sentAtMs }: Read, facts: Facts, { first, last }: StateRange): string {
    const shown = this.newestEqual(query, facts, { first: 0, last: first - 1 });
    if (shown === undefined)
      return `equals no state; state ${last} differs in ${differenceOf(facts, this.expected(query, last))}`;
    const lacking = this.history.change(shown);
    const staleMs = Math.round(sentAtMs - lacking.doneAtMs);
    return `lacks ${describeChange(lacking)}, which was done ${staleMs} ms before the request (limit ${MAX_STALENESS_MS} ms)`;
  }

  private violation({ query, replica, status, cacheStatus }: Read, reason: string): Verdict {
    return { violation: `${query.path} at ${replica} (${status}, ${cacheStatus}): ${reason}` };
  }
}

/** Compares totals only if the response states an exact one. */
function isEqual(facts: Facts, expected: Facts): boolean {
  return isDeepStrictEqual(facts, facts.total === undefined ? { ...expected, total: undefined } : expected);
}

function idOf(row: Facts['rows'][number]): number | string {
  return 'id' in row ? row.id : row.slug;
}

/** `stock.updated of p7 {"stock":1} → {"stock":0}` */
function describeChange({ type, externalId, before, after }: Change): string {
  const changed = (product: ProductDraft | undefined, other: ProductDraft | undefined) =>
    product === undefined
      ? 'no product'
      : JSON.stringify(
          Object.fromEntries(
            Object.entries(product).filter(
              ([name, value]) => !isDeepStrictEqual(value, other?.[name as keyof ProductDraft]),
            ),
          ),
        );
  return `${type} of ${externalId}: ${changed(before, after)} → ${changed(after, before)}`;
}

/** Names the first fact in which a response differs from the expected one. */
function differenceOf(facts: Facts, expected: Facts): string {
  const at = facts.rows.findIndex((row, index) => !isDeepStrictEqual(row, expected.rows[index]));
  if (at !== -1)
    return `row ${at + 1}: ${JSON.stringify(facts.rows[at])} instead of ${JSON.stringify(expected.rows[at])}`;
  const rest = ({ rows, hasNext, hasPrevious, total }: Facts) =>
    JSON.stringify({ rows: rows.length, hasNext, hasPrevious, total });
  return `${rest(facts)} instead of ${rest(expected)}`;
}
