import { abortable } from './abortable';

const LONG_MS = 60_000;
const forEver = () => new Promise<never>(() => undefined);

describe('work that can be ended', () => {
  it('gives what it gives, or throws what it throws', async () => {
    const { signal } = new AbortController();
    expect(await abortable(LONG_MS, signal, () => Promise.resolve(7))).toBe(7);
    await expect(abortable(LONG_MS, signal, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });

  it('ends with its time, and hears of it', async () => {
    let heard: unknown;
    const ended = abortable(5, new AbortController().signal, (signal) => {
      signal.addEventListener('abort', () => (heard = signal.reason as unknown));
      return forEver();
    });
    await expect(ended).rejects.toThrow('longer than 5 ms');
    expect(heard).toBeInstanceOf(Error);
  });

  it('ends with the outer signal, which may have been aborted before', async () => {
    const outer = new AbortController();
    const ended = abortable(LONG_MS, outer.signal, forEver);
    outer.abort(new Error('all ends'));
    await expect(ended).rejects.toBe(outer.signal.reason);
    await expect(abortable(LONG_MS, outer.signal, forEver)).rejects.toBe(outer.signal.reason);
  });
});
