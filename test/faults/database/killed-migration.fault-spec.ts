/**
 * Kills the `migrate` command at random times, then runs it to completion. A failing run prints its seed;
 * FARMLOKAL_FAULTS_SEED reproduces it.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogueSchema } from '@catalogue';
import { revertLastMigration } from '@platform/database';
import { inboxSchema } from '@platform/inbox';
import type { DataSource } from 'typeorm';
import { withDataSource } from '../../support/data-source';
import { openMysql, type TestDatabase } from '../../support/databases';
import { start } from '../../support/processes';
import { schemaSnapshotOf } from '../../support/schema-snapshot';
import { chanceFrom } from '../../support/chance';

const seed = Number(process.env['FARMLOKAL_FAULTS_SEED'] ?? randomInt(2 ** 31));
const ROUNDS = 6;
const TEST_TIMEOUT_MS = 300_000;

describe(`killed migration, seed ${seed}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const url = () => new URL(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '');
  const chance = chanceFrom(seed);
  let database: TestDatabase;

  beforeAll(async () => {
    // The longest possible name with all permitted special characters also tests the command line.
    database = await openMysql(url(), "Farm Lokal's.shop-".padEnd(64, '.n'));
  });
  afterAll(async () => {
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const command = (...args: string[]) => start('cli', args, database.environment, directory);
  const use = <T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> =>
    withDataSource(database, [catalogueSchema, inboxSchema], work);
  async function toTheEnd(...args: string[]): Promise<number> {
    const startedMs = performance.now();
    expect(await command(...args).finished).toMatchObject({ code: 0, stderr: '' });
    return performance.now() - startedMs;
  }
  const revertAll = () =>
    use(async (dataSource) => {
      while (await revertLastMigration(dataSource));
    });

  it(
    'migration: a run that is killed at any time leaves a schema that the next run completes',
    async () => {
      const tookMs = await toTheEnd('migrate');
      const clean = await use(schemaSnapshotOf);
      await revertAll();
      for (let round = 0; round < ROUNDS; round++) {
        for (let kills = 0; kills < 3; kills++) {
          const { child, finished } = command('migrate', ...(kills === 1 ? ['--revert'] : []));
          await delay(tookMs * (0.3 + chance() * 0.7));
          child.kill('SIGKILL');
          await finished;
        }
        await toTheEnd('migrate');
        expect({ round, schema: await use(schemaSnapshotOf) }).toEqual({ round, schema: clean });
        if (round % 3 === 2) await revertAll();
        else await toTheEnd('migrate', '--revert');
      }
    },
    TEST_TIMEOUT_MS,
  );
});
