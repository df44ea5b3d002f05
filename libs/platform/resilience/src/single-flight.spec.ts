import fc from 'fast-check';
import { SingleFlight } from './single-flight';

/** An operation that the test settles. */
class Operation {
  isRunning = true;
  /** True once callers have received the result. Between settlement and this, callers still join. */
  isEnded = false;
  settle!: (isSuccess: boolean) => void;
  readonly result: Promise<Operation>;

  constructor(readonly key: string) {
    this.result = new Promise((resolve, reject) => {
      this.settle = (isSuccess) => {
        this.isRunning = false;
        if (isSuccess) resolve(this);
        else reject(new FailedError(this));
      };
    });
    const end = () => void (this.isEnded = true);
    this.result.then(end, end);
  }
}

class FailedError extends Error {
  constructor(readonly operation: Operation) {
    super('the operation failed');
  }
}

/** A single flight whose operations the test settles, in the order in which they were started. */
function setUp() {
  const flight = new SingleFlight<string, Operation>();
  const operations: Operation[] = [];
  const run = (key: string, signal?: AbortSignal) =>
    flight.run(
      key,
      () => {
        const operation = new Operation(key);
        operations.push(operation);
        return operation.result;
      },
      signal,
    );
  return { flight, operations, run };
}

describe('single flight', () => {
  it('sharing: concurrent callers of one key share one operation, and other keys have their own', async () => {
    const { operations, run } = setUp();
    const results = Promise.all([run('a'), run('a'), run('b')]);
    for (const each of operations) each.settle(true);
    const [ofA, ofB] = operations;
    expect(await results).toEqual([ofA, ofA, ofB]);
    expect(operations).toHaveLength(2);
  });

  it.each([true, false])(
    'end: the call after an operation has settled starts another (success: %s)',
    async (success) => {
      const { flight, operations, run } = setUp();
      const first = run('a').catch(() => undefined);
      expect(flight.has('a')).toBe(true);
      operations[0]!.settle(success);
      await first;
      expect(flight.has('a')).toBe(false);
      void run('a');
      expect(operations).toHaveLength(2);
    },
  );

  it('failure: all callers receive the error of the shared operation', async () => {
    const { operations, run } = setUp();
    const results = Promise.allSettled([run('a'), run('a')]);
    operations[0]!.settle(false);
    const reason: unknown = expect.objectContaining({ operation: operations[0] });
    expect(await results).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
  });

  it('abort: the caller is rejected with the reason of its signal, and the operation continues', async () => {
    const { operations, run } = setUp();
    const controller = new AbortController();
    const aborted = run('a', controller.signal);
    const other = run('a');
    controller.abort(new Error('disconnected'));
    await expect(aborted).rejects.toThrow('disconnected');
    await expect(run('a', controller.signal)).rejects.toThrow('disconnected');
    operations[0]!.settle(true);
    expect(await other).toBe(operations[0]);
    expect(operations).toHaveLength(1);
  });

  it('abort: a failure that no caller waits for is no unhandled rejection', async () => {
    const { operations, run } = setUp();
    const controller = new AbortController();
    const aborted = run('a', controller.signal);
    controller.abort(new Error('disconnected'));
    await expect(aborted).rejects.toThrow('disconnected');
    operations[0]!.settle(false);
    await new Promise(setImmediate); // an unhandled rejection would end the test process
  });

  it('any schedule: one operation per key runs at a time, and each caller gets one that runs at or after its call', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), checkSchedule));
  });
});

const key = fc.constantFrom('a', 'b');
const step = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), key }),
  fc.record({ kind: fc.constant('settle' as const), key, isSuccess: fc.boolean() }),
  fc.record({ kind: fc.constant('abort' as const), caller: fc.nat(20) }),
  fc.record({ kind: fc.constant('yield' as const) }), // promises settle before the next step
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Caller {
  readonly key: string;
  readonly controller: AbortController;
  /** Operations that had ended at the call. */
  readonly ended: ReadonlySet<Operation>;
  readonly outcome: Promise<Operation | undefined>;
}

async function checkSchedule(steps: readonly Step[]): Promise<void> {
  const { flight, operations, run } = setUp();
  const callers: Caller[] = [];
  const runningOf = (wanted: string) => operations.filter((each) => each.isRunning && each.key === wanted);
  for (const each of steps) {
    if (each.kind === 'call') callers.push(call(each.key));
    else if (each.kind === 'settle') runningOf(each.key)[0]?.settle(each.isSuccess);
    else if (each.kind === 'abort') callers[each.caller]?.controller.abort(new Error('aborted'));
    else await new Promise(setImmediate);
    for (const wanted of ['a', 'b']) expect(runningOf(wanted).length).toBeLessThanOrEqual(1);
  }
  for (const each of operations) if (each.isRunning) each.settle(true);
  for (const { key: wanted, ended, controller, outcome } of callers) {
    const operation = await outcome;
    if (operation === undefined) expect(controller.signal.aborted).toBe(true);
    else expect([operation.key, ended.has(operation)]).toEqual([wanted, false]);
  }
  expect([flight.has('a'), flight.has('b')]).toEqual([false, false]);

  function call(wanted: string): Caller {
    const controller = new AbortController();
    const ended = new Set(operations.filter(({ isEnded }) => isEnded));
    const outcome = run(wanted, controller.signal).catch((error: unknown) =>
      error instanceof FailedError ? error.operation : undefined,
    );
    return { key: wanted, controller, ended, outcome };
  }
}
