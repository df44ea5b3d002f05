/**
 * Reads the change log from the primary. On MySQL it uses the pool of writes, so that no number of slow lists delays
 * it; SQLite has no pool.
 */
import { Injectable } from '@nestjs/common';
import {
  databaseNowMs,
  dialectOf,
  joinSql,
  readCommitted,
  select,
  sql,
  WriteDatabase,
  type SqlFragment,
} from '@platform/database';
import { DataSource } from 'typeorm';
import type { UnitVector } from '../geography';
import type { CatalogueChange, ChangeBatch } from './catalogue-change';
import { changeLogPolicy } from './change-log.policy';
import { toChange, type ChangeRow } from './change-row';

export interface ChangesRead {
  /** Undefined if the log does not contain the position, or if too many changes follow it. */
  readonly batches: readonly ChangeBatch[] | undefined;
  /** Whether a committed change has no position: its writer is about to assign one, or has died. */
  readonly hasUnpositioned: boolean;
  /** Time since the oldest of the changes was written, in ms. */
  readonly delayMs: number;
}

interface LogState {
  readonly isKnown: number;
  readonly hasUnpositioned: number;
}

type PositionedRow = ChangeRow & { readonly position: number; readonly ageMs: number };

/** The log has no changes after the position. */
interface NoRow {
  readonly position: null;
}

@Injectable()
export class ChangeLogReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: WriteDatabase,
  ) {}

  async lastPosition(): Promise<number> {
    const [row] = await this.read<{ position: number | null }>(
      sql`SELECT MAX(position) AS position FROM product_changes`,
    );
    return row?.position ?? 0;
  }

  /** Reads the changes after a position. The position is missing if it was trimmed or another database was restored. */
  async after(position: number): Promise<ChangesRead> {
    const { maxChangesPerRead } = changeLogPolicy;
    const now = databaseNowMs[dialectOf(this.dataSource)];
    const rows = await this.read<LogState & (PositionedRow | NoRow)>(sql`
      SELECT *
      FROM (SELECT EXISTS (SELECT 1 FROM product_changes WHERE position = ${position}) AS isKnown,
                   EXISTS (SELECT 1 FROM product_changes WHERE position IS NULL) AS hasUnpositioned) AS state
      LEFT JOIN (SELECT id, position, kind, product_id AS productId, external_id AS externalId,
                        producer_id AS producerId, before_values AS beforeValues, after_values AS afterValues,
                        ${now} - at_ms AS ageMs
                 FROM product_changes WHERE position > ${position} ORDER BY position, id LIMIT ${maxChangesPerRead})
        AS changes ON TRUE
      ORDER BY position, id`);
    const [state] = rows;
    const hasUnpositioned = state?.hasUnpositioned === 1;
    if (state?.isKnown !== 1) return { batches: undefined, hasUnpositioned, delayMs: 0 };
    const changes = rows.filter((row) => row.position !== null);
    const delayMs = Math.max(0, ...changes.map(({ ageMs }) => ageMs));
    const batches = changes.length === maxChangesPerRead ? undefined : toBatches(changes);
    return { batches, hasUnpositioned, delayMs };
  }

  /** Returns the current positions of producers, by id; null if unknown. */
  async producerPositions(ids: readonly number[]): Promise<ReadonlyMap<number, UnitVector | null>> {
    if (ids.length === 0) return new Map();
    const rows = await this.read<{ id: number } & Record<keyof UnitVector, number | null>>(
      sql`SELECT id, x, y, z FROM producers WHERE id IN (${joinSql(ids, ', ')})`,
    );
    return new Map(rows.map(({ id, x, y, z }) => [id, x === null || y === null || z === null ? null : { x, y, z }]));
  }

  private read<Row>(statement: SqlFragment): Promise<Row[]> {
    const { readDeadlineMs } = changeLogPolicy;
    return dialectOf(this.dataSource) === 'sqlite'
      ? readCommitted<Row>(this.dataSource, statement)
      : this.database.run(readDeadlineMs, (manager) => select<Row>(manager, statement));
  }
}

/** Groups the rows, which are in order of their positions. */
function toBatches(rows: readonly PositionedRow[]): ChangeBatch[] {
  const batches = new Map<number, CatalogueChange[]>();
  for (const row of rows) {
    const changes = batches.get(row.position);
    if (changes === undefined) batches.set(row.position, [toChange(row)]);
    else changes.push(toChange(row));
  }
  return [...batches].map(([position, changes]) => ({ position, changes }));
}
