import { Bell } from './bell';

const LONG_MS = 60_000;

describe('a bell', () => {
  it('wakes who waits, and is not heard twice', async () => {
    const bell = new Bell();
    const woken = bell.wait(LONG_MS);
    bell.ring();
    await woken;
    await bell.wait(0);
  });

  it('is heard by who comes after it has rung', async () => {
    const bell = new Bell();
    bell.ring();
    await bell.wait(LONG_MS);
  });
});
