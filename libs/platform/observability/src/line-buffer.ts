/**
 * Writes the log lines of one event-loop iteration in one batch. A separate write costs more than the line itself:
 * three times as much if the output is discarded, more if it wakes a reader (docs/performance.md). The process flushes the
 * buffer on exit; a killed process loses the lines of its last iteration.
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
