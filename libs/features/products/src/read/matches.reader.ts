/**
 * First step of reading a page through the search index: evaluates conditions on sets and columns in memory. The result
 * is a value that callers can count, page through, or intersect with other sets.
 */
import type { ColumnName, ReadSession } from '@catalogue';
import type { IdSet, KeyedIds } from '@engine/search';
import { Injectable } from '@nestjs/common';
import type { Condition } from '../filters/filter';
import { nearbyFilter, postFilterOf, rangeFilter, type ColumnFilter, type Columns } from './column-filter';
import { NearbyProducers } from './nearby-producers';
import { ProducerPositionsReader } from './producer-positions.reader';
import { SearchIndexRepository } from './search-index.repository';

/** The products that meet conditions, as ids in memory. */
export interface Matches {
  /** Ids that meet all conditions except those of `postFilter`. */
  readonly ids: IdSet;
  /** Number of `ids`. */
  readonly count: number;
  /** Conditions that are cheaper to test on the candidates of a page; undefined if there are none. */
  readonly postFilter: ((candidates: KeyedIds) => KeyedIds) | undefined;
  /** The requested columns, and those that conditions test. */
  readonly columns: Columns;
  /** Producers inside the circle of the conditions; undefined if they have none. */
  readonly nearby: NearbyProducers | undefined;
}

export interface Evaluation {
  readonly conditions: readonly Condition[];
  /** Columns that the caller needs. */
  readonly columns: readonly ColumnName[];
  /** Tests every id, so that no post-filter remains. */
  readonly isComplete: boolean;
}

/** Whether sets decide exactly; otherwise the ids also contain products that do not match, and the rows must decide. */
export function areExact(conditions: readonly Condition[]): boolean {
  return conditions.every(({ sets }) => sets?.isApproximate !== true);
}

@Injectable()
export class MatchesReader {
  constructor(
    private readonly index: SearchIndexRepository,
    private readonly positions: ProducerPositionsReader,
  ) {}

  async evaluate({ conditions, columns, isComplete }: Evaluation, session: ReadSession): Promise<Matches> {
    const within = conditions.flatMap(({ sets }) => sets?.within ?? []);
    const without = conditions.flatMap(({ sets }) => (sets?.without === undefined ? [] : [sets.without]));
    const needed = new Set([...columns, ...conditions.flatMap(columnsOf)]);
    const found = await this.index.find({ within, without, columns: [...needed] }, session);
    const nearby = await this.findNearby(conditions, session);
    const { ids } = found;
    const postFilters: ColumnFilter[] = [];
    for (const filter of columnFiltersOf(conditions, found.columns, nearby)) {
      if (isComplete || ids.count() <= filter.maxPreFilteredIds) filter.preFilter(ids);
      else postFilters.push(filter);
    }
    return { ids, count: ids.count(), postFilter: postFilterOf(postFilters), columns: found.columns, nearby };
  }

  private async findNearby(
    conditions: readonly Condition[],
    session: ReadSession,
  ): Promise<NearbyProducers | undefined> {
    const circle = conditions.find((condition) => condition.circle !== undefined)?.circle;
    return circle && new NearbyProducers(await this.positions.within(circle, session));
  }
}

function columnsOf({ range, circle }: Condition): ColumnName[] {
  return [...(range === undefined ? [] : [range.column]), ...(circle === undefined ? [] : (['producer'] as const))];
}

function columnFiltersOf(
  conditions: readonly Condition[],
  columns: Columns,
  nearby: NearbyProducers | undefined,
): ColumnFilter[] {
  const filters = conditions.flatMap(({ range }) => (range === undefined ? [] : [rangeFilter(columns, range)]));
  if (nearby !== undefined) filters.push(nearbyFilter(columns, nearby));
  return filters.sort((a, b) => a.passing - b.passing);
}
