import { Clock } from './clock.service';
import { advance, useVirtualTime } from './testing';

describe('clock', () => {
  useVirtualTime();
  const clock = new Clock();

  it('sleep: resolves after the time, and not earlier', async () => {
    const resolved = jest.fn();
    void clock.sleep(60_000).then(resolved);
    await advance(59_999);
    expect(resolved).not.toHaveBeenCalled();
    await advance(1);
    expect(resolved).toHaveBeenCalled();
  });

  it('sleep: rejects with the reason of its signal as soon as it aborts, and leaves no timer', async () => {
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(new Error('shutting down'));
    await expect(sleeping).rejects.toThrow('shutting down');
    await expect(clock.sleep(60_000, controller.signal)).rejects.toThrow('shutting down');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('pause: resolves to true after the time, and to false as soon as its signal aborts', async () => {
    const controller = new AbortController();
    const completed = clock.pause(1_000, controller.signal);
    await advance(1_000);
    const aborted = clock.pause(1_000, controller.signal);
    controller.abort();
    expect([await completed, await aborted]).toEqual([true, false]);
  });

  it('every: runs at each interval until it is stopped', async () => {
    const task = jest.fn();
    const stop = clock.every(1_000, task);
    await advance(3_500);
    stop();
    await advance(10_000);
    expect(task).toHaveBeenCalledTimes(3);
  });

  it('monotonic: elapsed time does not follow the wall clock if it is set back', async () => {
    const startedMs = clock.elapsedMs();
    jest.setSystemTime(0);
    await advance(1_000);
    expect([clock.nowMs(), clock.elapsedMs() - startedMs]).toEqual([1_000, 1_000]);
  });
});
