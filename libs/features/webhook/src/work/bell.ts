/** Wakes who waits; who comes to wait after it has rung does not. */
export class Bell {
  private hasRung = false;
  private wakeUp: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.wakeUp?.();
  }

  /** Until it rings, or for so long. For one at a time. */
  async wait(mostMs: number): Promise<void> {
    if (!this.hasRung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
        timer = setTimeout(resolve, mostMs);
      });
      clearTimeout(timer);
    }
    this.hasRung = false;
    this.wakeUp = undefined;
  }
}
