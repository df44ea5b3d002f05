import { sql } from '../sql';
import { PinnedView } from './pinned-view.provider';

const STATEMENT = sql`SELECT 1`;

describe('a view', () => {
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

  it('keeps to its replica', async () => {
    const view = new PinnedView(server('replica'), server('primary'));
    await view.read(STATEMENT, 100);
    await view.read(STATEMENT, 100);
    expect(asked).toEqual(['replica', 'replica']);
  });

  it('goes on at the primary where the replica fails, and does not come back to what may be older', async () => {
    const view = new PinnedView(server('replica', failing('ECONNRESET')), server('primary'));
    await view.read(STATEMENT, 100);
    await view.read(STATEMENT, 100);
    expect(asked).toEqual(['replica', 'primary', 'primary']);
  });

  it('leaves a statement that is too slow or wrong to who asked for it', async () => {
    const view = new PinnedView(server('replica', failing('ER_STATEMENT_TIMEOUT', 1969)), server('primary'));
    await expect(view.read(STATEMENT, 100)).rejects.toThrow('ER_STATEMENT_TIMEOUT');
    expect(asked).toEqual(['replica']);
  });
});
