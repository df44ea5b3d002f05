/**
 * Writes the lines of one turn of the event loop together. A write for each costs more than the line itself: three
 * times as much where it goes nowhere, more where a reader is woken (docs/performance.md). A process that ends writes
 * what it has; one that is killed loses the lines of its last turn.
 */
export class GatheredLines {
  private gathered: string[] = [];

  constructor(private readonly sink: { readonly write: (text: string) => unknown }) {}

  write(line: string): void {
    if (this.gathered.length === 0) setImmediate(() => this.flush());
    this.gathered.push(line);
  }

  flush(): void {
    if (this.gathered.length === 0) return;
    const text = this.gathered.join('');
    this.gathered = [];
    this.sink.write(text);
  }
}
