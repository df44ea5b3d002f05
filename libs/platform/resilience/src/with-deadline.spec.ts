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
});
