/** Starts the API: configuration → application → database → HTTP server → workers. A signal shuts it down. */
import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger, type INestApplication } from '@nestjs/common';
import { SyncSchedule } from '@features/partner-sync';
import { InboxWorker } from '@platform/inbox';
import { CallbackRegistration } from '@integrations/partner';
import { EX_CONFIG, InvalidConfigurationError, loadConfig, type AppConfig } from '@platform/config';
import { Lifecycle } from '@platform/health';
import { watchEventLoop } from '@platform/resilience';
import { startTracing } from '@platform/tracing';
import { startDevelopmentSandbox } from '../../sandbox/src/development-sandbox';
import { createApp } from './app';
import { GracefulShutdown } from './graceful-shutdown';
import { retryOpening, openDatabase } from './open-database';
import { serveInProcesses, reportServing } from './workers';

async function main(): Promise<void> {
  const config = loadConfig();
  const sandbox = cluster.isPrimary ? startDevelopmentSandbox(config) : Promise.resolve();
  if (config.processes > 1 && cluster.isPrimary) {
    await sandbox;
    serveInProcesses(config.processes);
  } else await serve(config, sandbox);
}

async function serve(config: AppConfig, sandbox: Promise<void>): Promise<void> {
  const shutdown = new GracefulShutdown(config.shutdown);
  shutdown.flushOnSignal(await startTracing(config.collector));
  const app = await createApp(config);
  shutdown.closeOnSignal(app);
  logUnhandledRejections();
  if (config.environment !== 'development') watchEventLoop(); // a breakpoint blocks the event loop, too
  const isOpen = await openDatabase(app);
  if (isOpen) app.get(Lifecycle).markStarted();
  await sandbox;
  await app.listen(config.http.port, config.http.host);
  if (!isOpen) await retryOpening(app, shutdown.signal); // readiness probes fail meanwhile
  if (!shutdown.signal.aborted) startWork(app, config);
}

function startWork(app: INestApplication, config: AppConfig): void {
  app.get(Lifecycle).markStarted();
  reportServing();
  if (config.webhook.isWorking) app.get(InboxWorker).start();
  app.get(SyncSchedule).start();
  app.get(CallbackRegistration).start();
  printUrls(config);
}

/**
 * Logs unhandled rejections instead of exiting. ESLint ensures that our promises are handled, so the rejected promise
 * is internal to a library, for example of ioredis when it subscribes again. The process continues to serve.
 */
function logUnhandledRejections(): void {
  const logger = new Logger('Process');
  process.on('unhandledRejection', (reason) => logger.error(reason, 'Unhandled promise rejection'));
}

function printUrls({ environment, http, partner }: AppConfig): void {
  if (environment !== 'development' || (cluster.worker?.id ?? 1) > 1) return;
  const baseUrl = `http://localhost:${http.port}`;
  process.stdout.write(`
  FarmLokal is listening.

    example query  ${baseUrl}/products?search=tomato&sort=price
    Swagger UI     ${baseUrl}/docs
    OpenAPI        ${baseUrl}/openapi.json
${partner?.isSandbox === true ? `    sandbox        http://localhost:${partner.sandboxPort}/sandbox, which simulates the partner\n` : ''}
`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof InvalidConfigurationError ? EX_CONFIG : 1);
});
