/** MySQL and MariaDB commit each DDL statement separately, so a killed migration may be partially applied. */
import { catalogueSchema } from '@catalogue';
import { migrate, revertLastMigration } from '@platform/database';
import { inboxSchema } from '@platform/inbox';
import { databaseIdentitySchema, toDataSourceOptions } from '@testing/database';
import { DataSource } from 'typeorm';
import { createMysql, type TestDatabase } from '../support/databases';
import { schemaSnapshotOf } from '../support/schema-snapshot';

const CHANGE = /^\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|COMMIT)\b/i;

class KilledError extends Error {}

/** In the order of their timestamps, as TypeORM runs them. */
const migrations = [catalogueSchema, inboxSchema, databaseIdentitySchema]
  .flatMap((schema) => schema.migrations)
  .sort((a, b) => a.name.slice(-13).localeCompare(b.name.slice(-13)));

interface Run {
  readonly dataSource: DataSource;
  changes: number;
}

describe('interrupted migration', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    jest.spyOn(console, 'log').mockReturnValue(); // TypeORM reports each failed migration
    database = await createMysql();
  });
  afterAll(() => database.drop());

  /** Runs `work` with the first `level` migrations, and cuts the connection after `killAfter` changes. */
  async function run<T>(level: number, work: (run: Run) => Promise<T>, killAfter = Infinity): Promise<T> {
    const options = { ...toDataSourceOptions(database.config, []), migrations: migrations.slice(0, level) };
    const dataSource = new DataSource(options);
    const state: Run = { dataSource, changes: 0 };
    await dataSource.initialize();
    const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (mode) => {
      const runner = createQueryRunner(mode);
      const query: typeof runner.query = runner.query.bind(runner);
      runner.query = async (text: string, ...rest: never[]) => {
        const result = (await query(text, ...rest)) as never;
        if (CHANGE.test(text) && ++state.changes === killAfter) {
          const connection = (await runner.connect()) as { stream: { destroy(error: Error): void } };
          connection.stream.destroy(new KilledError());
          throw new KilledError();
        }
        return result;
      };
      return runner;
    };
    try {
      return await work(state);
    } finally {
      await dataSource.destroy();
    }
  }

  const up = ({ dataSource }: Run) => migrate(dataSource);
  const down = ({ dataSource }: Run) => revertLastMigration(dataSource);
  const snapshot = () => run(0, ({ dataSource }) => schemaSnapshotOf(dataSource));
  const changesOf = (level: number, work: (run: Run) => Promise<unknown>) =>
    run(level, async (state) => {
      await work(state);
      return state.changes;
    });
  const kill = (level: number, work: (run: Run) => Promise<unknown>, after: number) =>
    expect(run(level, work, after)).rejects.toThrow(KilledError);

  it.each(migrations.map(({ name }, index) => [name, index + 1] as const))(
    'migration: the next run completes a migration killed after any change, up and down: %s',
    async (_, level) => {
      await run(level - 1, up);
      const before = await snapshot();
      const upChanges = await changesOf(level, up);
      const after = await snapshot();
      const downChanges = await changesOf(level, down);
      expect(await snapshot()).toEqual(before);

      for (let at = 1; at <= upChanges; at++) {
        await kill(level, up, at);
        await run(level, up);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: after });
        await run(level, down);
      }
      await run(level, up);
      for (let at = 1; at <= downChanges; at++) {
        await kill(level, down, at);
        await run(level, up);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: after });
        await kill(level, down, at);
        if (at < downChanges) await run(level, down);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: before });
        await run(level, up);
      }
      if (level === 1) await run(level, addProducer);
    },
  );
});

/** Adds a producer from which later migrations compute columns and rows. */
function addProducer({ dataSource }: Run): Promise<unknown> {
  return dataSource.query(
    `INSERT INTO producers (id, name, place, latitude, longitude) VALUES (70000, 'Farm', 'Nashik', 20, 73.8)`,
  );
}
