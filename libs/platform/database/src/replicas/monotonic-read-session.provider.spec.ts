import { ConnectionHungError, NoConnectionError } from '../connection/connection-errors';
import { sql } from '../statements/sql';
import { MonotonicReadSession } from './monotonic-read-session.provider';

const STATEMENT = sql`SELECT 1`;

describe('monotonic read session', () => {
  it('replica: every read of a session goes to the same replica', async () => {
    const { session, servers } = setUp();
    await session.read(STATEMENT, 100);
    await session.read(STATEMENT, 100);
    expect(servers).toEqual(['replica', 'replica']);
  });

  it.each([
    ['loses the connection', errorWith('ECONNRESET')],
    ['hangs', new ConnectionHungError(100)],
    ['has no free connection', new NoConnectionError()],
  ])('failover: if the replica %s, the session continues on the primary and stays there', async (_, error) => {
    const { session, servers } = setUp(error);
    await session.read(STATEMENT, 100);
    await session.read(STATEMENT, 100);
    expect(servers).toEqual(['replica', 'primary', 'primary']);
  });

  it.each([
    ['takes too long', errorWith('ER_STATEMENT_TIMEOUT', 1969)],
    ['is invalid', errorWith('ER_PARSE_ERROR', 1064)],
  ])('statement error: a statement that %s fails and is not retried on the primary', async (_, error) => {
    const { session, servers } = setUp(error);
    await expect(session.read(STATEMENT, 100)).rejects.toThrow(error);
    await session.read(STATEMENT, 100);
    expect(servers).toEqual(['replica', 'replica']);
  });
});

function errorWith(code: string, errno?: number): Error {
  return Object.assign(new Error(code), { code, errno });
}

/** If an error is given, the first read of the replica fails with it. */
function setUp(error?: Error) {
  const servers: string[] = [];
  const errors = error === undefined ? [] : [error];
  const server = (name: string) => ({
    read: <Row>(): Promise<Row[]> => {
      servers.push(name);
      const failure = name === 'replica' ? errors.shift() : undefined;
      return failure === undefined ? Promise.resolve([]) : Promise.reject(failure);
    },
  });
  return { servers, session: new MonotonicReadSession(server('replica'), server('primary')) };
}
