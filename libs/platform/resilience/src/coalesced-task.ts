/**
 * Runs a task one at a time. Callers that arrive during a run share the next one, so each caller awaits a run that
 * began after its call: `run` while run 1 is in progress, three times → one run 2 for all three.
 */
export class CoalescedTask<Result> {
  private current: Promise<Result> | undefined;
  private next: Promise<Result> | undefined;

  constructor(private readonly task: () => Promise<Result>) {}

  run(): Promise<Result> {
    if (this.current === undefined) return this.start();
    this.next ??= this.current
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<Result> {
    const run = this.task().finally(() => {
      if (this.current === run) this.current = undefined;
    });
    this.current = run;
    return run;
  }
}
