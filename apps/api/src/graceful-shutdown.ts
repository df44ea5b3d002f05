/**
 * Graceful shutdown. On SIGTERM or SIGINT the process reports that it is not ready, and keeps serving while load
 * balancers notice. Then it stops listening, finishes requests in progress and closes everything. The exit code is 0.
 * It is 1 if closing fails, the deadline passes or a second signal arrives.
 */
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { Lifecycle } from '@platform/health';
import { Connections } from '@platform/http';
import { Clock } from '@platform/resilience';
import type { Tracing } from '@platform/tracing';

/** Interval of closing idle connections, in ms. Requests sent before the server stopped listening arrive within it. */
const CLOSE_IDLE_EVERY_MS = 1_000;

/** SIGINTs within this time count as one, in ms: the terminal, npm and the parent process all forward Ctrl-C. */
const REPEATED_CTRL_C_MS = 1_000;

/** The part of `process` that a shutdown uses; unit tests replace it. */
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
    private readonly settings: AppConfig['shutdown'],
    private readonly clock = new Clock(),
    private readonly process: ShutdownProcess = globalThis.process,
  ) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) this.process.on(signal, () => this.onSignal(signal));
  }

  /** Aborts when the shutdown begins. */
  get signal(): AbortSignal {
    return this.requested.signal;
  }

  closeOnSignal(app: NestFastifyApplication): void {
    this.app = app;
    this.connections = new Connections(app.getHttpServer());
  }

  /** Flushes traces after the application has closed, so that they include the shutdown. */
  flushOnSignal(tracing: Tracing): void {
    this.tracing = tracing;
  }

  private onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
    const isFirst = !this.requested.signal.aborted;
    const isRepeated = signal === 'SIGINT' && this.clock.elapsedMs() - this.requestedAtMs < REPEATED_CTRL_C_MS;
    if (!isFirst && !isRepeated) this.exitNow('received a second signal');
    if (!isFirst) return;
    this.requestedAtMs = this.clock.elapsedMs();
    this.requested.abort(new Error(`received ${signal}`));
    const { deadlineSeconds } = this.settings;
    setTimeout(
      () => this.exitNow(`the shutdown exceeded its deadline of ${deadlineSeconds} s`),
      deadlineSeconds * 1_000,
    ).unref();
    this.run().then(
      () => this.process.exit(0),
      (error: unknown) => this.exitNow(error instanceof Error ? error.message : String(error)),
    );
  }

  private async run(): Promise<void> {
    if (this.app === undefined) return;
    const { app, connections } = this;
    const { graceSeconds } = this.settings;
    app.get(Lifecycle).beginShutdown();
    connections?.drain();
    new Logger('Process').log(`shutting down; serving for another ${graceSeconds} s`);
    await this.clock.sleep(graceSeconds * 1_000);
    const stopClosingIdle = this.clock.every(CLOSE_IDLE_EVERY_MS, () => connections?.closeIdle());
    await app.close();
    stopClosingIdle();
    await this.tracing?.shutdown();
  }

  private exitNow(reason: string): never {
    this.process.stderr.write(`${reason}; exiting at once\n`);
    this.process.exit(1);
  }
}
