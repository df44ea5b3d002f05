/** Holds whoever waits for it until it is released; whoever comes later passes at once. */
export class Latch {
  private open!: () => void;
  readonly released = new Promise<void>((resolve) => (this.open = resolve));

  release(): void {
    this.open();
  }
}
