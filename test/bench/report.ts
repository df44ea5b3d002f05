/** Answers become figures: what queries.json holds, and what the table and the chart show. Pure. */
import { exactTotal, type Answer } from './answer';
import type { MachineFacts } from './machine';
import { FAR_PAGE, queryGroups } from './matrix';
import type { PathFigures } from './path-figures';
import { summarise, type Summary } from './statistics';

export interface Report {
  readonly facts: MachineFacts & { readonly rows: number; readonly server: string };
  readonly own: OwnFigures & { readonly byPath: Readonly<Record<string, PathFigures>> };
  readonly comparisons: readonly Comparison[];
  readonly worst: readonly WorstAnswer[];
}

interface OwnFigures {
  readonly all: Summary;
  readonly byGroup: Readonly<Record<string, Summary>>;
  readonly bySort: Readonly<Record<string, Summary>>;
  readonly byPage: Readonly<Record<string, Summary>>;
}

/** A rival and we, over exactly the same queries. */
export interface Comparison {
  readonly rival: string;
  readonly theirs: Summary;
  readonly own: Summary;
  /** How many times our 95th percentile theirs is. */
  readonly p95Ratio: number;
  /** Queries where both give an exact total, and how many of those totals differ: other rules of what a word is. */
  readonly totals: { readonly compared: number; readonly different: number };
  readonly byGroup: Readonly<Record<string, { readonly theirs: Summary; readonly own: Summary }>>;
}

interface WorstAnswer {
  readonly address: string;
  readonly latencyMs: number;
  readonly plan?: readonly string[];
}

const WORST_SHOWN = 20;

const sortNames = ['price', 'name', 'createdAt', 'relevance', 'distance'];
const pageNames = ['page 1', 'page 2 by cursor', `page ${FAR_PAGE}`];

export function describe(answers: readonly Answer[]): OwnFigures {
  return {
    all: summariseAnswers(answers),
    byGroup: groupBy(answers, queryGroups, ({ query }) => query.group, summariseAnswers),
    bySort: groupBy(answers, sortNames, ({ query }) => query.sort, summariseAnswers),
    byPage: groupBy(
      answers,
      pageNames,
      ({ query, isCursor }) => (isCursor ? 'page 2 by cursor' : `page ${query.page}`),
      summariseAnswers,
    ),
  };
}

/** `own` may hold more than the rival was asked. */
export function compare(rival: string, theirs: readonly Answer[], own: readonly Answer[]): Comparison {
  const ownOf = new Map(own.filter(({ isCursor }) => !isCursor).map((answer) => [answer.query, answer]));
  const pairs = theirs.flatMap((answer) => {
    const ours = ownOf.get(answer.query);
    return ours === undefined ? [] : [{ theirs: answer, own: ours }];
  });
  const totals = pairs.map((pair) => [exactTotal(pair.theirs), exactTotal(pair.own)]);
  const compared = totals.filter((both) => !both.includes(undefined));
  const summarisePairs = (some: typeof pairs) => ({
    theirs: summariseAnswers(some.map((pair) => pair.theirs)),
    own: summariseAnswers(some.map((pair) => pair.own)),
  });
  const all = summarisePairs(pairs);
  return {
    rival,
    ...all,
    p95Ratio: Math.round((all.theirs.p95Ms / all.own.p95Ms) * 10) / 10,
    totals: { compared: compared.length, different: compared.filter(([a, b]) => a !== b).length },
    byGroup: groupBy(pairs, queryGroups, (pair) => pair.own.query.group, summarisePairs),
  };
}

export function worstOf(answers: readonly Answer[]): WorstAnswer[] {
  return answers
    .toSorted((a, b) => b.latencyMs - a.latencyMs)
    .slice(0, WORST_SHOWN)
    .map(({ address, latencyMs }) => ({ address, latencyMs: Math.round(latencyMs * 100) / 100 }));
}

function summariseAnswers(answers: readonly Answer[]): Summary {
  return summarise(answers.map(({ latencyMs }) => latencyMs));
}

/** `names` in their order, as far as there is something of them. */
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
