/** Virtual time and captured logs for tests. Jest replaces timers, Date and performance, but not the event loop. */
import { Logger } from '@nestjs/common';
import { Clock } from './clock.service';

/** Stops time in each test of the surrounding block; only `advance` moves it. */
export function useVirtualTime(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
  afterEach(() => void jest.useRealTimers());
}

/** Moves time forward and runs the timers that are due in order, each with the promises that it settles. */
export async function advance(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

/** A clock whose randomness is constant: 0 gives the shortest jitter, 0.5 the mean. */
export class TestClock extends Clock {
  constructor(public randomness = 0.5) {
    super();
  }

  override random(): number {
    return this.randomness;
  }
}

/** A gate that opens once: `released` is pending until `release()`, and resolved from then on. */
export class Latch {
  private open!: () => void;
  readonly released = new Promise<void>((resolve) => (this.open = resolve));

  release(): void {
    this.open();
  }
}

/** Captures log lines as `<level> <text>` and prints none of them. Call it in a test or a hook. */
export function captureLogs(): string[] {
  const lines: string[] = [];
  for (const level of ['log', 'warn', 'error'] as const)
    jest.spyOn(Logger.prototype, level).mockImplementation((...args: unknown[]) => {
      lines.push(`${level} ${args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' ')}`);
    });
  return lines;
}
