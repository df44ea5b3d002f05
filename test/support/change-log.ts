/**
 * Processes that write and follow the change log. Writers pause between INSERT and COMMIT, so that commits are in
 * another order than ids; an assigner of positions pauses before it writes.
 */
import { CatalogueWriter, ChangeFollower, type CatalogueChange } from '@catalogue';
import type { INestApplicationContext } from '@nestjs/common';
import { runInTransaction, WriteDatabase } from '@platform/database';
import { ChangeLogMetrics, ChangeLogReader, ChangeLogRepository, ChangePositions } from '@testing/catalogue';
import { RedisClient } from '@platform/redis';
import { Clock } from '@platform/resilience';
import { Latch } from '@testing/resilience';
import { DataSource, type EntityManager } from 'typeorm';
import type { Chance } from './chance';

const MAX_PAUSE_MS = 30;
const ROLLED_BACK_SHARE = 0.2;

export interface PausedWriter {
  /** Resolves when the change is written and not committed. */
  readonly appended: Promise<void>;
  readonly commit: () => void;
  /** False if the transaction was rolled back. */
  readonly isCommitted: Promise<boolean>;
}

export function pausedWriter(app: INestApplicationContext, externalId: string, rollsBack = false): PausedWriter {
  const [appended, mayCommit] = [new Latch(), new Latch()];
  const log = app.get(ChangeLogRepository, { strict: false });
  const isCommitted = app
    .get(CatalogueWriter, { strict: false })
    .write(
      (work) => runInTransaction(app.get(DataSource), work),
      async (transaction) => {
        await log.append(transaction, [{ kind: 'updated', id: 1, externalId }]);
        appended.release();
        await mayCommit.released;
        if (rollsBack) throw new Error('rolled back');
      },
    )
    .then(
      () => true,
      () => false,
    );
  return { appended: appended.released, commit: () => mayCommit.release(), isCommitted };
}

/** Writes changes one after another, each with a random pause before its COMMIT. Returns those that were committed. */
export async function writeWithPauses(
  app: INestApplicationContext,
  name: string,
  changes: number,
  chance: Chance,
): Promise<string[]> {
  const committed: string[] = [];
  for (let at = 0; at < changes; at++) {
    const externalId = `${name}-${at}`;
    const writer = pausedWriter(app, externalId, chance() < ROLLED_BACK_SHARE);
    await Promise.race([writer.appended, writer.isCommitted]);
    await new Promise((wake) => setTimeout(wake, chance() * MAX_PAUSE_MS));
    writer.commit();
    if (await writer.isCommitted) committed.push(externalId);
  }
  return committed;
}

/** Assigns positions, and pauses after the changes are chosen, before the first statement that writes. */
export function pausedAssigner(app: INestApplicationContext) {
  const [chosen, mayWrite] = [new Latch(), new Latch()];
  const database = app.get(WriteDatabase, { strict: false });
  const run = (deadlineMs: number, work: (manager: EntityManager) => Promise<boolean>) =>
    database.run(deadlineMs, (manager) => work(pausing(manager)));
  const pausing = (manager: EntityManager): EntityManager => {
    const runner = manager.queryRunner!;
    const query = async (text: string, ...rest: never[]) => {
      if (!text.trimStart().startsWith('SELECT')) {
        chosen.release();
        await mayWrite.released;
      }
      return (runner.query as (...all: unknown[]) => unknown)(text, ...rest);
    };
    const pausingRunner = Object.create(runner, { query: { value: query } }) as typeof runner;
    return Object.create(manager, { queryRunner: { value: pausingRunner } }) as EntityManager;
  };
  const positions = new ChangePositions({ run } as WriteDatabase, app.get(ChangeLogRepository, { strict: false }));
  return { assigned: positions.assign(), chosen: chosen.released, continue: () => mayWrite.release() };
}

/** The follower of a process that starts and has not polled yet. */
export function startFollower(app: INestApplicationContext): ChangeFollower {
  const get = <T>(type: abstract new (...given: never[]) => T) => app.get(type, { strict: false });
  return new ChangeFollower(
    get(ChangeLogReader),
    get(ChangePositions),
    get(RedisClient),
    get(Clock),
    get(ChangeLogMetrics),
  );
}

/** Records the changes that a follower passes on, in order. */
export function recordChanges(follower: ChangeFollower) {
  const recorded = { changes: [] as CatalogueChange[], positions: [] as number[], resets: [] as number[] };
  follower.onChanges({
    apply: (batches) => {
      for (const { position, changes } of batches) {
        recorded.positions.push(position);
        recorded.changes.push(...changes);
      }
    },
    reset: (position) => void recorded.resets.push(position),
  });
  return recorded;
}

export function externalIdsOf(changes: readonly CatalogueChange[]): string[] {
  return changes.flatMap((change) => ('externalId' in change ? [change.externalId] : []));
}
