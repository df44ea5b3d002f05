/** MySQL and MariaDB commit each DDL statement by itself, so a migration may be killed with half of it done. */
import { productsSchema } from '@features/products';
import { webhookSchema } from '@features/webhook';
import { migrate, revertLastMigration } from '@platform/database';
import { DataSource } from 'typeorm';
import { toDataSourceOptions } from '../../libs/platform/database/src/data-source.provider';
import { createMysql, type TestDatabase } from '../support/databases';
import { schemaOf } from '../support/schema-snapshot';

/** Loops over some forty statements, with up to four runs of all migrations for each. */
const TEST_TIMEOUT_MS = 300_000;

const CHANGE = /^\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|COMMIT)\b/i;

class KilledError extends Error {}

interface Run {
  readonly dataSource: DataSource;
  changes: number;
}

describe('a migration that is killed', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createMysql();
  });
  afterAll(() => database.drop());

  /** The connection is cut after that many statements that change the database. */
  async function run<T>(work: (run: Run) => Promise<T>, killAfter = Infinity): Promise<T> {
    const dataSource = new DataSource(toDataSourceOptions(database.config, [productsSchema, webhookSchema]));
    const state: Run = { dataSource, changes: 0 };
    await dataSource.initialize();
    const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (mode) => {
      const runner = createQueryRunner(mode);
      const query = runner.query.bind(runner) as typeof runner.query;
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
  const snapshot = () => run(({ dataSource }) => schemaOf(dataSource));
  const revertTo =
    (left: number) =>
    async ({ dataSource }: Run): Promise<void> => {
      const applied = () => dataSource.query<unknown[]>('SELECT 1 FROM schema_migrations');
      while ((await applied()).length > left) await revertLastMigration(dataSource);
    };
  const changesOf = (work: (run: Run) => Promise<unknown>) =>
    run(async (state) => {
      await work(state);
      return state.changes;
    });
  const kill = (work: (run: Run) => Promise<unknown>, after: number) =>
    expect(run(work, after)).rejects.toThrow(KilledError);

  it.each([
    ['an empty database', 0],
    ['a catalogue from before positions, with a producer', 4],
  ])(
    'is completed by the next run, forward and back, from %s',
    async (_, left) => {
      const down = revertTo(left);
      await run(up);
      await run(down);
      if (left > 0) {
        await run(({ dataSource }) =>
          dataSource.query(
            `INSERT INTO producers (id, name, place, latitude, longitude) VALUES (70000, 'Farm', 'Nashik', 20, 73.8)`,
          ),
        );
      }
      const before = await snapshot();
      const upChanges = await changesOf(up);
      const after = await snapshot();
      const downChanges = await changesOf(down);
      expect(await snapshot()).toEqual(before);
      expect(upChanges).toBeGreaterThan(15);

      for (let at = 1; at <= upChanges; at++) {
        await kill(up, at);
        await run(up);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: after });
        await run(down);
      }
      await run(up);
      for (let at = 1; at <= downChanges; at++) {
        await kill(down, at);
        await run(down);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: before });
        await run(up);
        await kill(down, at);
        await run(up);
        expect({ at, schema: await snapshot() }).toEqual({ at, schema: after });
      }
      await run(revertTo(0));
    },
    TEST_TIMEOUT_MS,
  );
});
