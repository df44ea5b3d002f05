import { EventEmitter } from 'node:events';
import { Server, type ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { Lifecycle } from '@platform/health';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { GracefulShutdown, type ShutdownProcess } from './graceful-shutdown';

const settings = { graceSeconds: 5, deadlineSeconds: 25 };
const graceMs = settings.graceSeconds * 1_000;
const deadlineMs = settings.deadlineSeconds * 1_000;

describe('graceful shutdown', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('SIGTERM: the service is not ready at once, and keeps serving for the grace period', async () => {
    const { process, lifecycle, shutdown, steps } = setUp();
    process.emit('SIGTERM');
    expect([lifecycle.phase, shutdown.signal.aborted]).toEqual(['ending', true]);
    await advance(graceMs - 1);
    expect(steps).toEqual([]);
  });

  it('order: after the grace period the application closes, traces are flushed and the process exits', async () => {
    const { process, steps } = setUp({ closesAfterMs: 100, tracingEndsAfterMs: 100 });
    process.emit('SIGTERM');
    await advance(graceMs);
    expect(steps).toEqual(['close']);
    await advance(100);
    expect(steps).toEqual(['close', 'closed', 'end tracing']);
    await advance(100);
    expect(steps).toEqual(['close', 'closed', 'end tracing', 'exit 0']);
  });

  it('SIGTERM: a process without an application yet exits at once', async () => {
    const process = new FakeProcess();
    new GracefulShutdown(settings, new TestClock(), process);
    process.emit('SIGTERM');
    await advance(0);
    expect(process.exitCode).toBe(0);
  });

  it('keep-alive: after the signal, each response is the last on its connection', () => {
    const { process, server } = setUp();
    const response = { shouldKeepAlive: true } as ServerResponse;
    server.emit('request', {}, response);
    expect(response.shouldKeepAlive).toBe(true);
    process.emit('SIGTERM');
    server.emit('request', {}, response);
    expect(response.shouldKeepAlive).toBe(false);
  });

  it('idle connections: they are closed after the grace period, and busy ones are not', async () => {
    const { process, server } = setUp({ closesAfterMs: 2_000 });
    const [idle, busy] = [new FakeSocket(null), new FakeSocket({})];
    for (const socket of [idle, busy]) server.emit('connection', socket);
    process.emit('SIGTERM');
    await advance(graceMs);
    expect(idle.isDestroyed).toBe(false);
    await advance(1_000);
    expect([idle.isDestroyed, busy.isDestroyed]).toEqual([true, false]);
  });

  it('deadline: a shutdown that takes too long exits with 1', async () => {
    const { process } = setUp({ closesAfterMs: 10 * deadlineMs });
    process.emit('SIGTERM');
    await advance(deadlineMs - 1);
    expect(process.exitCode).toBeUndefined();
    await advance(1);
    expect([process.exitCode, process.errors]).toEqual([
      1,
      'the shutdown exceeded its deadline of 25 s; exiting at once\n',
    ]);
  });

  it('failure: a process whose application fails to close exits with 1 and the reason', async () => {
    const { process, app } = setUp();
    app.close.mockRejectedValue(new Error('a pool did not close'));
    process.emit('SIGTERM');
    await advance(graceMs);
    expect([process.exitCode, process.errors]).toEqual([1, 'a pool did not close; exiting at once\n']);
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ])('second signal: %s and then %s exits with 1 at once', async (first, second) => {
    const { process } = setUp();
    process.emit(first);
    await advance(200);
    process.emit(second);
    expect([process.exitCode, process.errors]).toEqual([1, 'received a second signal; exiting at once\n']);
  });

  it('Ctrl-C: signals within a second count as one', async () => {
    const { process } = setUp();
    process.emit('SIGINT');
    process.emit('SIGINT');
    await advance(999);
    process.emit('SIGINT');
    expect(process.exitCode).toBeUndefined();
    await advance(graceMs);
    expect(process.exitCode).toBe(0);
  });

  it('Ctrl-C: another signal after a second exits with 1 at once', async () => {
    const { process } = setUp();
    process.emit('SIGINT');
    await advance(1_000);
    process.emit('SIGINT');
    expect(process.exitCode).toBe(1);
  });
});

/** Unlike a real process, it continues after `exit`; only the first exit code counts. */
class FakeProcess extends EventEmitter implements ShutdownProcess {
  exitCode: number | undefined;
  errors = '';
  readonly stderr = {
    write: (text: string) => {
      if (this.exitCode === undefined) this.errors += text;
    },
  };

  constructor(private readonly steps: string[] = []) {
    super();
  }

  readonly exit = ((code: number) => {
    if (this.exitCode === undefined) this.steps.push(`exit ${code}`);
    this.exitCode ??= code;
  }) as ShutdownProcess['exit'];
}

/** `_httpMessage` is the response in progress, as in Node.js. */
class FakeSocket extends EventEmitter {
  isDestroyed = false;

  constructor(readonly _httpMessage: object | null) {
    super();
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

function setUp({ closesAfterMs = 0, tracingEndsAfterMs = 0 } = {}) {
  const clock = new TestClock();
  const steps: string[] = [];
  const process = new FakeProcess(steps);
  const lifecycle = new Lifecycle();
  lifecycle.markStarted();
  const server = new Server();
  const close = jest.fn(async () => {
    steps.push('close');
    await clock.sleep(closesAfterMs);
    steps.push('closed');
  });
  const flush = async () => {
    steps.push('end tracing');
    await clock.sleep(tracingEndsAfterMs);
  };
  const app = { get: () => lifecycle, getHttpServer: () => server, close };
  const shutdown = new GracefulShutdown(settings, clock, process);
  shutdown.flushOnSignal({ shutdown: flush });
  shutdown.closeOnSignal(app as never);
  return { process, lifecycle, server, app, shutdown, steps };
}
