import { Bell } from './bell';

const LONG_MS = 60_000;

describe('auto-reset event (Bell)', () => {
  it('auto-reset event: a ring wakes the waiting worker', async () => {
    const bell = new Bell();
    const woken = bell.wait(LONG_MS);
    bell.ring();
    await woken;
    await bell.wait(0);
  });

  it('auto-reset event: a ring before the wait ends that wait at once', async () => {
    const bell = new Bell();
    bell.ring();
    await bell.wait(LONG_MS);
  });
});
