import { advance, useVirtualTime } from '@testing/resilience';
import { AutoResetEvent } from './auto-reset-event';

describe('auto-reset event', () => {
  useVirtualTime();

  it('auto-reset event: a waiter continues as soon as it is set', async () => {
    const { bell, wait, hasContinued } = setUp();
    wait(1_000);
    await advance(999);
    expect(hasContinued()).toBe(false);

    bell.set();
    await advance(0);

    expect(hasContinued()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('auto-reset event: a waiter continues after its time even if it is not set', async () => {
    const { wait, hasContinued } = setUp();
    wait(1_000);

    await advance(1_000);

    expect(hasContinued()).toBe(true);
  });

  it('auto-reset event: if it is set already, the next wait returns at once', async () => {
    const { bell, wait, hasContinued } = setUp();
    bell.set();

    wait(1_000);
    await advance(0);

    expect(hasContinued()).toBe(true);
  });

  it('auto-reset event: it is reset by the wait that returns, however often it was set', async () => {
    const { bell, wait, hasContinued } = setUp();
    bell.set();
    bell.set();
    await bell.wait(1_000);

    wait(1_000);
    await advance(999);

    expect(hasContinued()).toBe(false);
  });
});

function setUp() {
  const bell = new AutoResetEvent();
  let isOver = false;
  return {
    bell,
    wait: (mostMs: number) => void bell.wait(mostMs).then(() => (isOver = true)),
    hasContinued: () => isOver,
  };
}
