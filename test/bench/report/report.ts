/** Computes the figures of queries.json, the text report and the chart from measured responses. Pure. */
import type { MachineFacts } from '../machine';
import { FAR_PAGE, queryGroups } from '../matrix';
import { exactTotal, type MeasuredResponse } from '../measured-response';
import type { PathFigures } from './path-figures';
import { summarise, type Summary } from './statistics';

export interface Report {
  readonly facts: MachineFacts & { readonly rows: number; readonly server: string };
  readonly own: OwnFigures & { readonly byPath: Readonly<Record<string, PathFigures>> };
  readonly comparisons: readonly Comparison[];
  readonly worst: readonly WorstResponse[];
}

interface OwnFigures {
  readonly all: Summary;
  readonly byGroup: Readonly<Record<string, Summary>>;
  readonly bySort: Readonly<Record<string, Summary>>;
  readonly byPage: Readonly<Record<string, Summary>>;
}

/** A baseline and FarmLokal over the same queries. */
export interface Comparison {
  readonly baseline: string;
  readonly theirs: Summary;
  readonly own: Summary;
  /** 95th percentile of the baseline divided by that of FarmLokal. */
  readonly p95Ratio: number;
  /** Queries for which both return an exact total, and how many totals differ, because word boundaries differ. */
  readonly totals: { readonly compared: number; readonly different: number };
  readonly byGroup: Readonly<Record<string, { readonly theirs: Summary; readonly own: Summary }>>;
}

interface WorstResponse {
  readonly address: string;
  readonly latencyMs: number;
  readonly plan?: readonly string[];
}

const WORST_SHOWN = 20;

const sortNames = ['price', 'name', 'createdAt', 'relevance', 'distance'];
const pageNames = ['page 1', 'page 2 by cursor', `page ${FAR_PAGE}`];

export function describe(responses: readonly MeasuredResponse[]): OwnFigures {
  return {
    all: summariseResponses(responses),
    byGroup: groupBy(responses, queryGroups, ({ query }) => query.group, summariseResponses),
    bySort: groupBy(responses, sortNames, ({ query }) => query.sort, summariseResponses),
    byPage: groupBy(
      responses,
      pageNames,
      ({ query, isCursor }) => (isCursor ? 'page 2 by cursor' : `page ${query.page}`),
      summariseResponses,
    ),
  };
}

/** Compares the responses to the queries of `theirs`. `own` may contain further responses. */
export function compare(
  baseline: string,
  theirs: readonly MeasuredResponse[],
  own: readonly MeasuredResponse[],
): Comparison {
  const ownOf = new Map(own.filter(({ isCursor }) => !isCursor).map((response) => [response.query, response]));
  const pairs = theirs.flatMap((response) => {
    const matching = ownOf.get(response.query);
    return matching === undefined ? [] : [{ theirs: response, own: matching }];
  });
  const totals = pairs.map((pair) => [exactTotal(pair.theirs), exactTotal(pair.own)]);
  const compared = totals.filter((both) => !both.includes(undefined));
  const summarisePairs = (some: typeof pairs) => ({
    theirs: summariseResponses(some.map((pair) => pair.theirs)),
    own: summariseResponses(some.map((pair) => pair.own)),
  });
  const all = summarisePairs(pairs);
  return {
    baseline,
    ...all,
    p95Ratio: Math.round((all.theirs.p95Ms / all.own.p95Ms) * 10) / 10,
    totals: { compared: compared.length, different: compared.filter(([a, b]) => a !== b).length },
    byGroup: groupBy(pairs, queryGroups, (pair) => pair.own.query.group, summarisePairs),
  };
}

export function worstOf(responses: readonly MeasuredResponse[]): WorstResponse[] {
  return responses
    .toSorted((a, b) => b.latencyMs - a.latencyMs)
    .slice(0, WORST_SHOWN)
    .map(({ address, latencyMs }) => ({ address, latencyMs: Math.round(latencyMs * 100) / 100 }));
}

function summariseResponses(responses: readonly MeasuredResponse[]): Summary {
  return summarise(responses.map(({ latencyMs }) => latencyMs));
}

/** Groups items in the order of `names` and omits empty groups. */
function groupBy<T, U>(
  items: readonly T[],
  names: readonly string[],
  nameOf: (item: T) => string,
  describeSome: (some: T[]) => U,
): Record<string, U> {
  const parts = names.map((name) => [name, items.filter((item) => nameOf(item) === name)] as const);
  return Object.fromEntries(
    parts.filter(([, some]) => some.length > 0).map(([name, some]) => [name, describeSome(some)]),
  );
}
