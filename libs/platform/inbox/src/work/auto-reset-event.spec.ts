import { advance, useVirtualTime } from '@testing/resilience';
import { AutoResetEvent } from './auto-reset-event';

describe('auto-reset event', () => {
  useVirtualTime();

  it('auto-reset event: a wait returns as soon as the event is set', async () => {
    const { event, wait, hasReturned } = setUp();
    wait(1_000);
    await advance(999);
    expect(hasReturned()).toBe(false);

    event.set();
    await advance(0);

    expect(hasReturned()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('auto-reset event: a wait returns after its timeout even if the event is not set', async () => {
    const { wait, hasReturned } = setUp();
    wait(1_000);

    await advance(1_000);

    expect(hasReturned()).toBe(true);
  });

  it('auto-reset event: if the event is set already, the next wait returns at once', async () => {
    const { event, wait, hasReturned } = setUp();
    event.set();

    wait(1_000);
    await advance(0);

    expect(hasReturned()).toBe(true);
  });

  it('auto-reset event: a wait that returns resets the event, however often it was set', async () => {
    const { event, wait, hasReturned } = setUp();
    event.set();
    event.set();
    await event.wait(1_000);

    wait(1_000);
    await advance(999);

    expect(hasReturned()).toBe(false);
  });
});

function setUp() {
  const event = new AutoResetEvent();
  let hasReturned_ = false;
  return {
    event,
    wait: (maxMs: number) => void event.wait(maxMs).then(() => (hasReturned_ = true)),
    hasReturned: () => hasReturned_,
  };
}
