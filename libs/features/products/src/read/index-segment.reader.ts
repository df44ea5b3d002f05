/**
 * Reads a segment through the search index in three steps: evaluates the conditions, selects the page among the matches,
 * and fetches its rows. Repeats them if the products of the page change meanwhile.
 */
import type { ReadSession } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { dialectOf } from '@platform/database';
import { DataSource } from 'typeorm';
import type { ProductRow } from '../query/product-listing';
import { segmentConditions, type Segment } from '../query/segment';
import { areExact, MatchesReader, type Matches } from './matches.reader';
import { COLUMNS_OF_SORT, PageSelector } from './page.selector';
import { abandonPath } from './path-abandonment';
import { MAX_IDS, SegmentStatements } from './segment-statements';

export interface SegmentRows {
  readonly rows: readonly ProductRow[];
  /** Number of products in the whole segment, if reading determined it. */
  readonly matches?: number | undefined;
}

/** Attempts to read a page whose products change meanwhile; then another access path is used. */
const MAX_ATTEMPTS = 3;

@Injectable()
export class IndexSegmentReader {
  private readonly statements: SegmentStatements;
  private readonly selector: PageSelector;

  constructor(
    dataSource: DataSource,
    private readonly matches: MatchesReader,
  ) {
    this.statements = new SegmentStatements(dialectOf(dataSource));
    this.selector = new PageSelector(this.statements);
  }

  /**
   * Abandons the path if products keep changing between the index and their rows, or if a long word has too many
   * candidates.
   */
  async read(segment: Segment, session: ReadSession): Promise<SegmentRows> {
    const conditions = segmentConditions(segment);
    if (!areExact(conditions)) return { rows: await this.readCandidates(segment, session) };
    const columns = COLUMNS_OF_SORT[segment.sort];
    const isComplete = segment.sort === 'distance';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const matches = await this.matches.evaluate({ conditions, columns, isComplete }, session);
      const total = matches.postFilter === undefined ? matches.count : undefined;
      const selection = await this.selector.select(segment, matches, session);
      if (selection === 'end-of-segment') return { rows: [], matches: total };
      if (selection === 'outdated') continue;
      const rows = await session.read<ProductRow>(selection.statement);
      if (selection.isCurrent(rows)) return { rows, matches: total };
    }
    throw abandonPath('the products of the page changed during each attempt to read it');
  }

  async count(segment: Segment, session: ReadSession): Promise<number> {
    const { ids, count } = await this.evaluateAll(segment, session);
    if (count === 0 || areExact(segmentConditions(segment))) return count;
    const candidates = count > MAX_IDS ? undefined : ids.toArray();
    const [row] = await session.read<{ total: number }>(this.statements.count(segment, candidates));
    return row?.total ?? 0;
  }

  /** The index stores only the beginning of a long word, so the rows decide whether a longer term matches. */
  private async readCandidates(segment: Segment, session: ReadSession): Promise<readonly ProductRow[]> {
    const { ids, count } = await this.evaluateAll(segment, session);
    if (count > MAX_IDS) throw abandonPath(`${count} candidates for a long word are too many`);
    return count === 0 ? [] : session.read<ProductRow>(this.statements.ofIds(segment, ids.toArray()));
  }

  private evaluateAll(segment: Segment, session: ReadSession): Promise<Matches> {
    return this.matches.evaluate({ conditions: segmentConditions(segment), columns: [], isComplete: true }, session);
  }
}
