/**
 * Reads the catalogue from three replicas while it changes and while faults are injected into the replicas and Redis.
 * One second after a change, no response lacks it. A failing run prints its seed. FARMLOKAL_FAULTS_SEED reproduces its
 * random choices; FARMLOKAL_FAULTS_SECONDS sets the duration.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createMysql, type TestDatabase } from '../../support/databases';
import { Replicas } from '../../support/replicas';
import { startPrivateRedis, type PrivateRedis } from '../../support/servers/private-redis';
import { chanceFrom } from '../../support/chance';
import { importCatalogue } from './catalogue-import';
import { CatalogueReaders } from './catalogue-readers';
import { CatalogueWriter } from './catalogue-writer';
import { Fleet } from './fleet';
import { injectFaults, redisFaults, RedisDumps, replicaFaults, type Faults } from './freshness-faults';
import { MessageFilter } from './message-filter';
import { reportOf, type FreshnessReport } from './freshness-report';
import { QueryPool } from './query-pool';

const seed = Number(process.env['FARMLOKAL_FAULTS_SEED'] ?? randomInt(2 ** 31));
const seconds = Number(process.env['FARMLOKAL_FAULTS_SECONDS'] ?? 60);
const SECONDS_WITHOUT_REDIS = 15;
/** A run with fewer changes or reads proves little. On a busy machine it lasts longer, up to a limit. */
const MIN_CHANGES_PER_SECOND = 4;
const MIN_READS_PER_SECOND = 50;
const MAX_DURATION_FACTOR = 4;
/** After it the early dump of Redis contains responses. */
const WARM_UP_MS = 1_500;
/** On a busy machine Redis would often exceed the default of 30 ms, and the replicas would work without it. */
const REDIS_TIMEOUT = { REDIS_COMMAND_TIMEOUT_MS: '200' };
const PRINTED_VIOLATIONS = 50;

let database: TestDatabase;
let replicas: Replicas;
let redis: PrivateRedis | undefined;
let messages: MessageFilter | undefined;

afterEach(async () => {
  await replicas.remove();
  messages?.close();
  await redis?.remove();
  [messages, redis] = [undefined, undefined];
  await database.drop();
});

function urlOf({ config }: TestDatabase): URL {
  const url = new URL(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '');
  if (config.kind === 'mysql') url.pathname = config.database;
  return url;
}

/** Three replicas and their clients. */
interface Scene {
  readonly fleet: Fleet;
  readonly pool: QueryPool;
  readonly writer: CatalogueWriter;
  readonly readers: CatalogueReaders;
}

async function startScene(settings: Readonly<Record<string, string>>): Promise<Scene> {
  database = await createMysql();
  replicas = new Replicas(database, { CACHE_TTL_SECONDS: '60', ...settings }); // responses do not expire during bursts
  const databaseUrl = urlOf(database);
  const initial = await importCatalogue(replicas, databaseUrl, chanceFrom(seed));
  const fleet = await Fleet.start(replicas);
  const pool = new QueryPool(initial, chanceFrom(seed + 1));
  const writer = await CatalogueWriter.open(databaseUrl.href, fleet, chanceFrom(seed + 2), initial);
  return { fleet, pool, writer, readers: new CatalogueReaders(fleet, pool) };
}

/** Reads and changes the catalogue while the faults are injected. */
async function run(
  { fleet, pool, writer, readers }: Scene,
  forSeconds: number,
  prepareFaults: (fleet: Fleet) => Promise<Faults>,
): Promise<FreshnessReport> {
  process.stdout.write(`FARMLOKAL_FAULTS_SEED=${seed}, ${forSeconds} s\n`);
  const startedMs = performance.now();
  const isEnough = () => {
    const factor = (performance.now() - startedMs) / (forSeconds * 1_000);
    const isBusy =
      writer.history.length > forSeconds * MIN_CHANGES_PER_SECOND &&
      readers.reads.length > forSeconds * MIN_READS_PER_SECOND;
    return factor > MAX_DURATION_FACTOR || (factor > 1 && isBusy);
  };
  let isOver = false;
  const end = () => (isOver = true);
  const reading = readers.readUntil(() => isOver, seed + 4);
  const writing = writer.sendUntil(() => isOver, pool).finally(end);
  const injecting = prepareFaults(fleet).then((faults) => injectFaults(faults, isEnough, chanceFrom(seed + 3)));
  const [injected] = await Promise.all([injecting.finally(end), reading, writing]);
  await writer.close();
  return reportOf(writer.history, readers, injected);
}

function expectFreshness(report: FreshnessReport, forSeconds: number, minCachedShare: number): void {
  const { violations, ...counts } = report;
  process.stdout.write(`${JSON.stringify({ ...counts, violations: violations.length })}\n`);
  expect(violations.slice(0, PRINTED_VIOLATIONS)).toEqual([]);
  expect(report.mixed).toBeLessThan(report.reads / 100);
  expect(report.changes).toBeGreaterThan(forSeconds * MIN_CHANGES_PER_SECOND);
  expect(report.fresh).toBeGreaterThan(forSeconds * MIN_READS_PER_SECOND * 0.9);
  expect(report.cachedShare).toBeGreaterThan(minCachedShare);
}

it(
  `freshness: one second after a change no response lacks it, while replicas and Redis fail (FARMLOKAL_FAULTS_SEED=${seed})`,
  async () => {
    const server = (redis = await startPrivateRedis());
    const filter = (messages = await MessageFilter.start(server));
    const report = await run(await startScene({ ...REDIS_TIMEOUT, REDIS_URL: filter.url }), seconds, async (fleet) => {
      const dumps = new RedisDumps(server);
      await delay(WARM_UP_MS);
      await dumps.save('early');
      return { ...replicaFaults(fleet), ...redisFaults(server, dumps, filter) };
    });
    expectFreshness(report, seconds, 0.5);
    expect(report.faults).toHaveLength(9);
  },
  (seconds * MAX_DURATION_FACTOR + 180) * 1_000,
);

it(
  `freshness: without Redis, one second after a change no response lacks it (FARMLOKAL_FAULTS_SEED=${seed})`,
  async () => {
    const report = await run(await startScene({}), SECONDS_WITHOUT_REDIS, (fleet) =>
      Promise.resolve(replicaFaults(fleet)),
    );
    expectFreshness(report, SECONDS_WITHOUT_REDIS, 0.3); // each replica loads each response itself
    expect(report.faults).toHaveLength(2);
  },
  (SECONDS_WITHOUT_REDIS * MAX_DURATION_FACTOR + 180) * 1_000,
);
