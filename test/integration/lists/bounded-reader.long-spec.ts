/** Every read ends within its time limit, reports the reason for its end and returns its connection to the pool. */
import { setImmediate as nextIteration, setTimeout as delay } from 'node:timers/promises';
import {
  BoundedReader,
  isConnectionLost,
  isOverloaded,
  isStatementTimeout,
  joinSql,
  sql,
  trustedSql,
  type SqlFragment,
} from '@platform/database';
import { MAX_WAITING_READS, POOL_QUEUE_LIMIT, toDataSourceOptions } from '@testing/database';
import { DataSource } from 'typeorm';
import { createMysql, databases, type TestDatabase } from '../../support/databases';
import { startProxy, type Proxy } from '../../support/servers/proxy';

const AMPLE_MS = 30_000;

describe.each(databases)('bounded read on %s', (_, createDatabase) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await new DataSource(toDataSourceOptions(database.config, [])).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('rows: a statement returns its rows, also if it is repeated', async () => {
    const reader = new BoundedReader(dataSource);
    const statement = sql`SELECT ${1} AS n, ${'tomato'} AS word UNION ALL SELECT ${2}, ${null} ORDER BY n`;
    const expected = [
      { n: 1, word: 'tomato' },
      { n: 2, word: null },
    ];
    expect(await reader.read(statement, AMPLE_MS)).toEqual(expected);
    expect(await reader.read(statement, AMPLE_MS)).toEqual(expected);
  });

  it('SQL error: the caller receives the message of the server about an invalid statement', async () => {
    const error = await failureOf(new BoundedReader(dataSource).read(sql`SELECT absent`, AMPLE_MS));
    expect(String(error)).toMatch(/absent/);
    expect(kindOf(error)).toBe('another');
  });
});

describe('limits and failures of a bounded read on MySQL', () => {
  const POOL_SIZE = 3;
  let database: TestDatabase;
  let proxy: Proxy;
  /** Connects directly, without proxy and pool. */
  let operator: DataSource;
  const opened: DataSource[] = [];

  beforeAll(async () => {
    database = await createMysql();
    if (database.config.kind !== 'mysql') throw new Error('this suite is about MySQL');
    proxy = await startProxy(database.config.host, database.config.port);
    operator = await new DataSource(toDataSourceOptions(database.config, [])).initialize();
  });
  afterEach(async () => {
    proxy.thaw();
    await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(async () => {
    await operator.destroy();
    proxy.close();
    await database.drop();
  });

  async function openPool(poolSize: number): Promise<{ dataSource: DataSource; reader: BoundedReader }> {
    const config = { ...database.config, host: '127.0.0.1', port: proxy.port, poolSize };
    const dataSource = await new DataSource(toDataSourceOptions(config, [])).initialize();
    opened.push(dataSource);
    return { dataSource, reader: new BoundedReader(dataSource) };
  }

  it('statement timeout: the server ends a slow statement, and the connection stays usable', async () => {
    const { dataSource, reader } = await openPool(1);
    const before = await connectionsOf(dataSource, 1);
    expect(kindOf(await failureOf(reader.read(endless(), 50)))).toBe('statement timeout');
    expect(await connectionsOf(dataSource, 1)).toEqual(before);
  });

  it.each([
    ['first', () => sql`(${endless()}) UNION ALL (SELECT 1)`],
    ['second', () => sql`(SELECT 1 AS n) UNION ALL (${endless()}) ORDER BY n LIMIT 1`],
    ['derived', () => sql`SELECT * FROM (${endless()}) AS inner_part`],
    ['hinted', () => sql`SELECT /*+ NO_BNL() */ * FROM (${endless()}) AS inner_part`],
  ])('statement timeout: the limit applies to the whole statement, also to its %s part', async (_, statement) => {
    const { dataSource, reader } = await openPool(1);
    const before = await connectionsOf(dataSource, 1);
    expect(kindOf(await failureOf(reader.read(statement(), 50)))).toBe('statement timeout');
    expect(await connectionsOf(dataSource, 1)).toEqual(before); // the server ended it, not the client-side deadline
  });

  it('server version: it is queried once for many reads', async () => {
    const { dataSource, reader } = await openPool(1);
    const queries = jest.spyOn(dataSource, 'query');
    for (let n = 0; n < 3; n++) await reader.read(sql`SELECT 1`, AMPLE_MS);
    expect(queries.mock.calls.filter(([text]) => text.includes('VERSION()'))).toHaveLength(1);
    expect(queries).toHaveBeenCalledTimes(4);
  });

  it('server version: it is queried again after a failure', async () => {
    const { dataSource, reader } = await openPool(1);
    jest.spyOn(dataSource, 'query').mockRejectedValueOnce(new Error('not now'));
    expect(await failureOf(reader.read(sql`SELECT 1`, AMPLE_MS))).toEqual(new Error('not now'));
    expect(kindOf(await failureOf(reader.read(endless(), 50)))).toBe('statement timeout');
  });

  it('KILL QUERY: a killed statement is not a timeout, and the connection stays usable', async () => {
    const { dataSource, reader } = await openPool(1);
    const [id = 0] = await connectionsOf(dataSource, 1);
    const killed = failureOf(reader.read(endless(), AMPLE_MS));
    await untilReading(id);
    await operator.query(`KILL QUERY ${id}`);
    expect(await killed).toMatchObject({ code: 'ER_QUERY_INTERRUPTED' });
    expect(kindOf(await killed)).toBe('another');
    expect(await connectionsOf(dataSource, 1)).toEqual([id]);
  });

  it('connection lost: a killed connection is reported as such, and the pool opens another', async () => {
    const { dataSource, reader } = await openPool(1);
    const [id = 0] = await connectionsOf(dataSource, 1);
    const killed = failureOf(reader.read(endless(), AMPLE_MS));
    await untilReading(id);
    await operator.query(`KILL ${id}`);
    expect(kindOf(await killed)).toBe('connection lost');
    expect(await connectionsOf(dataSource, 1)).not.toEqual([id]);
    expect(await reader.read(sql`SELECT 1 AS n`, AMPLE_MS)).toEqual([{ n: 1 }]);
  });

  it.each([
    ['the first read', false],
    ['a later read', true],
  ])('deadline: %s on a hanging server ends, and the pool replaces the connection', async (_, hasRead) => {
    const { dataSource, reader } = await openPool(1);
    if (hasRead) await reader.read(sql`SELECT 1`, AMPLE_MS);
    const before = await connectionsOf(dataSource, 1);
    proxy.freeze();
    const socketsBefore = openSockets();
    expect(kindOf(await failureOf(reader.read(sql`SELECT 1`, 50)))).toBe('statement timeout');
    while (openSockets() >= socketsBefore) await nextIteration(); // closed without waiting for the server
    proxy.thaw();
    expect(await reader.read(sql`SELECT 1 AS n`, AMPLE_MS)).toEqual([{ n: 1 }]);
    expect(await connectionsOf(dataSource, 1)).not.toEqual(before);
  });

  it('connect timeout: a read is refused as overloaded if the server accepts no new connection', async () => {
    const { reader } = await openPool(2);
    const first = reader.read(endless(), 2_500);
    proxy.freeze();
    expect(kindOf(await failureOf(reader.read(sql`SELECT 1`, AMPLE_MS)))).toBe('overloaded');
    proxy.thaw();
    expect(kindOf(await failureOf(first))).toBe('statement timeout');
    expect(await reader.read(sql`SELECT 1 AS n`, AMPLE_MS)).toEqual([{ n: 1 }]);
  });

  it('event loop delay: a read succeeds although the process was blocked beyond its deadline', async () => {
    const reader = new BoundedReader(operator); // the proxy would be blocked, too
    await reader.read(sql`SELECT 1`, AMPLE_MS);
    const read = reader.read(sql`SELECT 1 AS n`, 50);
    await nextIteration();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000); // ms
    expect(await read).toEqual([{ n: 1 }]);
  });

  it('pool timeout: reads without a free connection are refused, and a late connection is not leaked', async () => {
    const { dataSource, reader } = await openPool(1);
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    const refused = await Promise.all([1, 2, 3].map(() => failureOf(reader.read(sql`SELECT 1`, AMPLE_MS))));
    expect(refused.map(kindOf)).toEqual(['overloaded', 'overloaded', 'overloaded']);
    await holder.release();
    expect(await reader.read(sql`SELECT 1 AS n`, AMPLE_MS)).toEqual([{ n: 1 }]);
    expect(await connectionsOf(dataSource, 1)).toHaveLength(1);
  });

  it('load shedding: a read is refused at once if the queue is full, and the queued reads are served', async () => {
    const { dataSource, reader } = await openPool(1);
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    const waiting = Array.from({ length: MAX_WAITING_READS }, () => reader.read(sql`SELECT 1 AS n`, AMPLE_MS));
    expect(kindOf(await failureOf(reader.read(sql`SELECT 1`, AMPLE_MS)))).toBe('overloaded');
    await holder.release();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => [{ n: 1 }]));
    expect(await reader.read(sql`SELECT 1 AS n`, AMPLE_MS)).toEqual([{ n: 1 }]);
  });

  it('load shedding: the queue of other statements for the pool is bounded, too', async () => {
    const { dataSource } = await openPool(1);
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    const waiting = Array.from({ length: POOL_QUEUE_LIMIT }, () => dataSource.query('DO 1'));
    expect(kindOf(await failureOf(dataSource.query('DO 1')))).toBe('overloaded');
    await holder.release();
    await Promise.all(waiting);
  });

  it('connection leak: the pool is complete after 1,000 reads that succeed, time out or are killed', async () => {
    const { dataSource, reader } = await openPool(POOL_SIZE);
    const kinds = new Map<string, number>();
    let remaining = 1_000;
    const keepReading = async () => {
      while (remaining > 0) {
        remaining -= 1;
        const read = remaining % 10 === 0 ? reader.read(endless(), 20) : reader.read(sql`SELECT 1`, AMPLE_MS);
        const kind = await read.then(() => 'resolved', kindOf);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    };
    const keepKilling = async () => {
      while (remaining > 0) {
        await killOneOf(database);
        await delay(30);
      }
    };
    await Promise.all([...Array.from({ length: 5 * POOL_SIZE }, keepReading), keepKilling()]);
    expect([...kinds.keys()].toSorted()).toEqual(['connection lost', 'resolved', 'statement timeout']);
    expect(new Set(await connectionsOf(dataSource, POOL_SIZE)).size).toBe(POOL_SIZE);
    const reads = Array.from({ length: 4 * POOL_SIZE }, () => reader.read(sql`SELECT 1 AS n`, AMPLE_MS));
    expect(await Promise.all(reads)).toEqual(reads.map(() => [{ n: 1 }]));
  });

  /** Waits until the endless statement runs, and not only the version query before it. */
  async function untilReading(connectionId: number): Promise<void> {
    for (;;) {
      const running = await processesWhere(sql`id = ${connectionId} AND command = 'Query' AND info LIKE '%digits%'`);
      if (running.length > 0) return;
      await delay(10);
    }
  }

  async function killOneOf({ config }: TestDatabase): Promise<void> {
    const name = config.kind === 'mysql' ? config.database : '';
    const [victim] = await processesWhere(sql`db = ${name} AND command = 'Query' AND info LIKE '%digits%'`);
    if (victim !== undefined) await operator.query(`KILL ${victim.id}`).catch(() => undefined); // it may be closed
  }

  function processesWhere(condition: SqlFragment): Promise<{ id: number }[]> {
    const { text, values } = sql`
      SELECT id AS id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND ${condition}`;
    return operator.query<{ id: number }[]>(text, [...values]);
  }
});

/** Returns a statement that takes minutes. SLEEP is unsuitable, because MySQL returns a result if it is interrupted. */
function endless(): SqlFragment {
  const digits = joinSql(
    Array.from({ length: 10 }, (_, digit) => sql`SELECT ${digit} AS digit`),
    ' UNION ALL ',
  );
  const names = Array.from({ length: 10 }, (_, index) => `digits${index}`);
  return sql`SELECT SUM(${trustedSql(names.map((name) => `${name}.digit`).join(' * '))}) AS n FROM ${joinSql(
    names.map((name) => sql`(${digits}) AS ${trustedSql(name)}`),
    ', ',
  )}`;
}

/** Returns the server's ids of all connections of the pool, acquired at once. Hangs if the pool has leaked one. */
async function connectionsOf(dataSource: DataSource, poolSize: number): Promise<number[]> {
  const runners = Array.from({ length: poolSize }, () => dataSource.createQueryRunner());
  await Promise.all(runners.map((runner) => runner.connect()));
  const results = await Promise.all(
    runners.map((runner) => dataSource.query<{ id: number }[]>('SELECT CONNECTION_ID() AS id', [], runner)),
  );
  await Promise.all(runners.map((runner) => runner.release()));
  return results.map(([rows]) => rows?.id ?? 0);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Returns the error of a rejected promise, or undefined if it resolves. */
function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function kindOf(error: unknown): string {
  if (error === undefined) return 'resolved';
  const kinds = [
    isStatementTimeout(error) && 'statement timeout',
    isOverloaded(error) && 'overloaded',
    isConnectionLost(error) && 'connection lost',
  ];
  return kinds.filter(Boolean).join(' and ') || 'another';
}
