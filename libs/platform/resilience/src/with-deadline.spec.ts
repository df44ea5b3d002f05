import { useVirtualTime } from './testing';
import { withDeadline } from './with-deadline';

const LONG_MS = 60_000;
const neverSettles = () => new Promise<never>(() => undefined);

describe('withDeadline', () => {
  it('result: work that ends in time returns its value or throws its own error', async () => {
    const { signal } = new AbortController();
    expect(await withDeadline(LONG_MS, signal, () => Promise.resolve(7))).toBe(7);
    await expect(withDeadline(LONG_MS, signal, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });

  it('deadline: work that exceeds it is rejected, and its signal is aborted', async () => {
    let reason: unknown;
    const ended = withDeadline(5, new AbortController().signal, (signal) => {
      signal.addEventListener('abort', () => (reason = signal.reason as unknown));
      return neverSettles();
    });
    await expect(ended).rejects.toThrow('deadline of 5 ms');
    expect(reason).toBeInstanceOf(Error);
  });

  it('abort signal: work is rejected when the outer signal aborts, or has aborted before', async () => {
    const outer = new AbortController();
    const ended = withDeadline(LONG_MS, outer.signal, neverSettles);
    outer.abort(new Error('shutting down'));
    await expect(ended).rejects.toBe(outer.signal.reason);
    await expect(withDeadline(LONG_MS, outer.signal, neverSettles)).rejects.toBe(outer.signal.reason);
  });

  it('work in progress: it returns its value in time, and is rejected with the error of the caller afterwards', async () => {
    const toError = () => new Error('too slow');
    expect(await withDeadline(LONG_MS, Promise.resolve(7), toError)).toBe(7);
    await expect(withDeadline(5, neverSettles(), toError)).rejects.toThrow('too slow');
  });
});

describe('withDeadline in a blocked event loop', () => {
  useVirtualTime();

  it.each([
    ['work in progress', (work: Promise<number>) => withDeadline(5, work, () => new Error('too slow'))],
    ['abortable work', (work: Promise<number>) => withDeadline(5, new AbortController().signal, () => work)],
  ])('%s: a result that has arrived by the deadline is returned', async (_, run) => {
    let arrive!: (value: number) => void;
    const ended = run(new Promise((resolve) => (arrive = resolve)));
    jest.advanceTimersByTime(5);
    arrive(7);
    expect(await ended).toBe(7);
    expect(jest.getTimerCount()).toBe(0);
  });
});
