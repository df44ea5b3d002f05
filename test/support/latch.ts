/** A gate that opens once: `released` is pending until `release()`, and resolved from then on. */
export class Latch {
  private open!: () => void;
  readonly released = new Promise<void>((resolve) => (this.open = resolve));

  release(): void {
    this.open();
  }
}
