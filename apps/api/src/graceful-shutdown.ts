/**
 * How the process ends when it is told to: not ready any more, and still serving while load balancers notice; then no
 * new connections, what is under way is finished, and everything is closed. Exit code 0; 1 where that takes too long or
 * somebody tells it a second time.
 */
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { Lifecycle } from '@platform/health';
import { Connections } from '@platform/http';
import { Clock } from '@platform/resilience';
import type { Tracing } from '@platform/tracing';

/** A request that was under way when the server stopped listening has come by then. */
const QUIET_AFTER_MS = 1_000;

/** Ctrl-C reaches a process from its terminal, from npm and from its parent, all at once. */
const SAME_CTRL_C_MS = 1_000;

/** The part of `process` that ending needs; unit tests replace it. */
export interface ShutdownProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): never;
  readonly stderr: { write(text: string): unknown };
}

export class GracefulShutdown {
  private readonly requested = new AbortController();
  private app: NestFastifyApplication | undefined;
  private connections: Connections | undefined;
  private tracing: Tracing | undefined;
  private requestedAtMs = Infinity;

  constructor(
    private readonly shutdown: AppConfig['shutdown'],
    private readonly clock = new Clock(),
    private readonly process: ShutdownProcess = globalThis.process,
  ) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) this.process.on(signal, () => this.onSignal(signal));
  }

  /** Aborted when the process is told to end. */
  get signal(): AbortSignal {
    return this.requested.signal;
  }

  closes(app: NestFastifyApplication): void {
    this.app = app;
    this.connections = new Connections(app.getHttpServer());
  }

  /** What is told of the end itself, too. */
  flushesLast(tracing: Tracing): void {
    this.tracing = tracing;
  }

  private onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
    const isFirst = !this.requested.signal.aborted;
    const isSameAgain = signal === 'SIGINT' && this.clock.elapsedMs() - this.requestedAtMs < SAME_CTRL_C_MS;
    if (!isFirst && !isSameAgain) this.exitNow('told a second time to end');
    if (!isFirst) return;
    this.requestedAtMs = this.clock.elapsedMs();
    this.requested.abort(new Error(`told to end by ${signal}`));
    const { deadlineSeconds } = this.shutdown;
    setTimeout(() => this.exitNow(`ending took longer than ${deadlineSeconds} s`), deadlineSeconds * 1_000).unref();
    this.run().then(
      () => this.process.exit(0),
      (error: unknown) => this.exitNow(error instanceof Error ? error.message : String(error)),
    );
  }

  private async run(): Promise<void> {
    if (this.app === undefined) return;
    const { app, connections } = this;
    const { graceSeconds } = this.shutdown;
    app.get(Lifecycle).end();
    connections?.drain();
    new Logger('Process').log(`ending; still serving for ${graceSeconds} s`);
    await this.clock.sleep(graceSeconds * 1_000);
    const quiet = setInterval(() => connections?.closeIdle(), QUIET_AFTER_MS);
    await app.close();
    clearInterval(quiet);
    await this.tracing?.end();
  }

  private exitNow(reason: string): never {
    this.process.stderr.write(`${reason}; this process ends at once\n`);
    this.process.exit(1);
  }
}
