/** Wakes who waits; who comes to wait after it has rung does not. */
export class AutoResetEvent {
  private isSet = false;
  private releaseWaiter: (() => void) | undefined;

  set(): void {
    this.isSet = true;
    this.releaseWaiter?.();
  }

  /** Until it rings, or for so long. For one at a time. */
  async wait(mostMs: number): Promise<void> {
    if (!this.isSet) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.releaseWaiter = resolve;
        timer = setTimeout(resolve, mostMs);
      });
      clearTimeout(timer);
    }
    this.isSet = false;
    this.releaseWaiter = undefined;
  }
}
