/**
 * Writes the lines of one turn of the event loop together. A write for each costs more than the line itself: three
 * times as much where it goes nowhere, more where a reader is woken (docs/performance.md). A process that ends writes
 * what it has; one that is killed loses the lines of its last turn.
 */
export class LineBuffer {
  private lines: string[] = [];

  constructor(private readonly sink: { readonly write: (text: string) => unknown }) {}

  write(line: string): void {
    if (this.lines.length === 0) setImmediate(() => this.flush());
    this.lines.push(line);
  }

  flush(): void {
    if (this.lines.length === 0) return;
    const text = this.lines.join('');
    this.lines = [];
    this.sink.write(text);
  }
}
