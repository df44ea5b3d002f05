import { sql } from '../sql';
import { PinnedView } from './pinned-view.provider';

const STATEMENT = sql`SELECT 1`;

describe('monotonic read session', () => {
  let asked: string[];
  /** A server that answers, or fails with each of the errors in turn first. */
  const server = (name: string, ...errors: Error[]) =>
    ({
      read: () => {
        asked.push(name);
        const error = errors.shift();
        return error === undefined ? Promise.resolve([]) : Promise.reject(error);
      },
    }) as never;
  const failing = (code: string, errno?: number) => Object.assign(new Error(code), { code, errno });

  beforeEach(() => {
    asked = [];
  });

  it('monotonic reads: a session reads every statement from the same replica', async () => {
    const view = new PinnedView(server('replica'), server('primary'));
    await view.read(STATEMENT, 100);
    await view.read(STATEMENT, 100);
    expect(asked).toEqual(['replica', 'replica']);
  });

  it('failover: a session continues at the primary if its replica fails, and stays there', async () => {
    const view = new PinnedView(server('replica', failing('ECONNRESET')), server('primary'));
    await view.read(STATEMENT, 100);
    await view.read(STATEMENT, 100);
    expect(asked).toEqual(['replica', 'primary', 'primary']);
  });

  it('statement timeout: the error reaches the caller, and the primary is not read', async () => {
    const view = new PinnedView(server('replica', failing('ER_STATEMENT_TIMEOUT', 1969)), server('primary'));
    await expect(view.read(STATEMENT, 100)).rejects.toThrow('ER_STATEMENT_TIMEOUT');
    expect(asked).toEqual(['replica']);
  });
});
