import { Clock } from './clock.service';
import { advance, useVirtualTime } from './testing';

describe('clock', () => {
  useVirtualTime();
  const clock = new Clock();

  it('sleep: resolves when the time is over, and no sooner', async () => {
    const awake = jest.fn();
    void clock.sleep(60_000).then(awake);
    await advance(59_999);
    expect(awake).not.toHaveBeenCalled();
    await advance(1);
    expect(awake).toHaveBeenCalled();
  });

  it('sleep: rejects with the reason of its signal as soon as that aborts, and leaves no timer', async () => {
    const ending = new AbortController();
    const sleeping = clock.sleep(60_000, ending.signal);
    ending.abort(new Error('shutting down'));
    await expect(sleeping).rejects.toThrow('shutting down');
    await expect(clock.sleep(60_000, ending.signal)).rejects.toThrow('shutting down');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('pause: resolves to true when the time is over, and to false as soon as its signal aborts', async () => {
    const ending = new AbortController();
    const whole = clock.pause(1_000, ending.signal);
    await advance(1_000);
    const broken = clock.pause(1_000, ending.signal);
    ending.abort();
    expect([await whole, await broken]).toEqual([true, false]);
  });

  it('every: runs at each interval until it is stopped', async () => {
    const task = jest.fn();
    const stop = clock.every(1_000, task);
    await advance(3_500);
    stop();
    await advance(10_000);
    expect(task).toHaveBeenCalledTimes(3);
  });

  it('monotonic: elapsed time does not follow the wall clock when that is set back', async () => {
    const beganMs = clock.elapsedMs();
    jest.setSystemTime(0);
    await advance(1_000);
    expect([clock.nowMs(), clock.elapsedMs() - beganMs]).toEqual([1_000, 1_000]);
  });
});
