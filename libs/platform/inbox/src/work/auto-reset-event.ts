/** Auto-reset event: the first `wait` after `set` returns at once. */
export class AutoResetEvent {
  private isSet = false;
  private releaseWaiter: (() => void) | undefined;

  set(): void {
    this.isSet = true;
    this.releaseWaiter?.();
  }

  /** Waits until the event is set, or for `maxMs`. Supports one waiter at a time. */
  async wait(maxMs: number): Promise<void> {
    if (!this.isSet) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.releaseWaiter = resolve;
        timer = setTimeout(resolve, maxMs);
      });
      clearTimeout(timer);
    }
    this.isSet = false;
    this.releaseWaiter = undefined;
  }
}
