import { EventEmitter } from 'node:events';
import { Server, type ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { Lifecycle } from '@platform/health';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { GracefulShutdown, type ShutdownProcess } from './graceful-shutdown';

const shutdown = { graceSeconds: 5, deadlineSeconds: 25 };
const graceMs = shutdown.graceSeconds * 1_000;
const deadlineMs = shutdown.deadlineSeconds * 1_000;

describe('graceful shutdown', () => {
  useVirtualTime();
  beforeEach(() => void Logger.overrideLogger(false));

  it('SIGTERM: the service is not ready at once, and serves for the grace time', async () => {
    const { process, lifecycle, ending, steps } = setUp();
    process.emit('SIGTERM');
    expect([lifecycle.phase, ending.signal.aborted]).toEqual(['ending', true]);
    await advance(graceMs - 1);
    expect(steps).toEqual([]);
  });

  it('order: after the grace time the application closes, then tracing ends, then the exit code is 0', async () => {
    const { process, steps } = setUp({ closesAfterMs: 100, tracingEndsAfterMs: 100 });
    process.emit('SIGTERM');
    await advance(graceMs);
    expect(steps).toEqual(['close']);
    await advance(100);
    expect(steps).toEqual(['close', 'closed', 'end tracing']);
    await advance(100);
    expect(steps).toEqual(['close', 'closed', 'end tracing', 'exit 0']);
  });

  it('SIGTERM: before the application exists the process exits at once', async () => {
    const process = new FakeProcess();
    new GracefulShutdown(shutdown, new TestClock(), process);
    process.emit('SIGTERM');
    await advance(0);
    expect(process.exitCode).toBe(0);
  });

  it('keep-alive: from the signal on, each response is the last on its connection', () => {
    const { process, server } = setUp();
    const response = { shouldKeepAlive: true } as ServerResponse;
    server.emit('request', {}, response);
    expect(response.shouldKeepAlive).toBe(true);
    process.emit('SIGTERM');
    server.emit('request', {}, response);
    expect(response.shouldKeepAlive).toBe(false);
  });

  it('idle connections: those without a request are closed after the grace time, busy ones are not', async () => {
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
      'ending took longer than 25 s; this process ends at once\n',
    ]);
  });

  it('failure: an application that cannot be closed exits with 1, with the reason', async () => {
    const { process, app } = setUp();
    app.close.mockRejectedValue(new Error('a pool did not close'));
    process.emit('SIGTERM');
    await advance(graceMs);
    expect([process.exitCode, process.errors]).toEqual([1, 'a pool did not close; this process ends at once\n']);
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ])('second signal: %s and then %s exits with 1 at once', async (first, second) => {
    const { process } = setUp();
    process.emit(first);
    await advance(200);
    process.emit(second);
    expect([process.exitCode, process.errors]).toEqual([1, 'told a second time to end; this process ends at once\n']);
  });

  it('Ctrl-C: delivered several times within a second it counts once', async () => {
    const { process } = setUp();
    process.emit('SIGINT');
    process.emit('SIGINT');
    await advance(999);
    process.emit('SIGINT');
    expect(process.exitCode).toBeUndefined();
    await advance(graceMs);
    expect(process.exitCode).toBe(0);
  });

  it('Ctrl-C: pressed again after a second it exits with 1 at once', async () => {
    const { process } = setUp();
    process.emit('SIGINT');
    await advance(1_000);
    process.emit('SIGINT');
    expect(process.exitCode).toBe(1);
  });
});

/** Unlike a real process it continues after `exit`; only the first exit code counts. */
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

/** `_httpMessage` is the response in progress, as Node.js keeps it. */
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
  lifecycle.started();
  const server = new Server();
  const close = jest.fn(async () => {
    steps.push('close');
    await clock.sleep(closesAfterMs);
    steps.push('closed');
  });
  const end = async () => {
    steps.push('end tracing');
    await clock.sleep(tracingEndsAfterMs);
  };
  const app = { get: () => lifecycle, getHttpServer: () => server, close };
  const ending = new GracefulShutdown(shutdown, clock, process);
  ending.flushesLast({ end });
  ending.closes(app as never);
  return { process, lifecycle, server, app, ending, steps };
}
