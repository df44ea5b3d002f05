/** The inbox of a service, observed and prepared in its database. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';

const DAY_MS = 24 * 3_600_000;

/** Postponed events are due later than this, all others earlier. */
const BOUND = `UNIX_TIMESTAMP() * 1000 + ${DAY_MS / 4}`;
const IS_POSTPONED = `state = 'RECEIVED' AND due_at_ms > ${BOUND}`;
const IS_PENDING = `state IN ('RECEIVED', 'RETRY') AND COALESCE(due_at_ms, 0) <= ${BOUND}`;

const DISCARDED_AT_ONCE = 1_000;
const POLL_MS = 100;

/** Returns how many events are applied, and how many can never be. */
export async function countFinished(connection: Connection): Promise<{ applied: number; dead: number }> {
  const [[row]] = await connection.query<RowDataPacket[]>(
    `SELECT COALESCE(SUM(state <> 'DEAD'), 0) AS applied, COALESCE(SUM(state = 'DEAD'), 0) AS dead
     FROM webhook_events WHERE state IN ('DONE', 'SKIPPED', 'DEAD')`,
  );
  return { applied: Number(row?.['applied']), dead: Number(row?.['dead']) };
}

/** Postpones all pending events by a day. No worker may be running. */
export async function postponePending(connection: Connection): Promise<void> {
  await connection.query(`UPDATE webhook_events SET due_at_ms = due_at_ms + ${DAY_MS} WHERE state = 'RECEIVED'`);
}

/** Makes `count` postponed events due at once, in one transaction. */
export async function releasePostponed(connection: Connection, count: number): Promise<void> {
  const [{ affectedRows }] = await connection.query<ResultSetHeader>(
    `UPDATE webhook_events SET due_at_ms = due_at_ms - ${DAY_MS} WHERE ${IS_POSTPONED} ORDER BY id LIMIT ${count}`,
  );
  if (affectedRows !== count) throw new Error(`only ${affectedRows} of ${count} events were released`);
}

/** Waits until no event is pending, except for postponed ones, or until the signal aborts. */
export async function untilDrained(connection: Connection, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const [pending] = await connection.query<RowDataPacket[]>(
      `SELECT 1 FROM webhook_events WHERE ${IS_PENDING} LIMIT 1`,
    );
    if (pending.length === 0) return;
    await delay(POLL_MS);
  }
}

/** Deletes pending events that no worker has claimed, and waits for the others. */
export async function discardPending(connection: Connection): Promise<void> {
  while ((await discardSome(connection)) !== 'none');
  await untilDrained(connection);
}

/** A deadlock with the worker deletes nothing; the next call tries again. */
async function discardSome(connection: Connection): Promise<'some' | 'none'> {
  try {
    const [{ affectedRows }] = await connection.query<ResultSetHeader>(
      `DELETE FROM webhook_events WHERE ${IS_PENDING} AND due_at_ms IS NOT NULL LIMIT ${DISCARDED_AT_ONCE}`,
    );
    return affectedRows > 0 ? 'some' : 'none';
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ER_LOCK_DEADLOCK') return 'some';
    throw error;
  }
}
