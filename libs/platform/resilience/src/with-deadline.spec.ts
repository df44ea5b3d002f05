import { withDeadline } from './with-deadline';

const LONG_MS = 60_000;
const forEver = () => new Promise<never>(() => undefined);

describe('abortable', () => {
  it('result: work that ends in time returns its value or throws its own error', async () => {
    const { signal } = new AbortController();
    expect(await withDeadline(LONG_MS, signal, () => Promise.resolve(7))).toBe(7);
    await expect(withDeadline(LONG_MS, signal, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });

  it('deadline: work that takes too long is rejected, and its signal is aborted', async () => {
    let heard: unknown;
    const ended = withDeadline(5, new AbortController().signal, (signal) => {
      signal.addEventListener('abort', () => (heard = signal.reason as unknown));
      return forEver();
    });
    await expect(ended).rejects.toThrow('longer than 5 ms');
    expect(heard).toBeInstanceOf(Error);
  });

  it('abort signal: work is rejected when the outer signal aborts, even if that happened before', async () => {
    const outer = new AbortController();
    const ended = withDeadline(LONG_MS, outer.signal, forEver);
    outer.abort(new Error('all ends'));
    await expect(ended).rejects.toBe(outer.signal.reason);
    await expect(withDeadline(LONG_MS, outer.signal, forEver)).rejects.toBe(outer.signal.reason);
  });
});
