/** boot → app → database → listen → work, and the way back when it is told to end. */
import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger, type INestApplication } from '@nestjs/common';
import { SyncSchedule } from '@features/products';
import { WebhookWorker } from '@features/webhook';
import { CallbackRegistration } from '@integrations/partner';
import { EX_CONFIG, InvalidConfigurationError, loadConfig, type AppConfig } from '@platform/config';
import { Lifecycle } from '@platform/health';
import { watchEventLoop } from '@platform/resilience';
import { startTracing } from '@platform/tracing';
import { startDevelopmentSandbox } from '../../sandbox/src/development-sandbox';
import { createApp } from './app';
import { GracefulShutdown } from './graceful-shutdown';
import { keepOpening, openDatabase } from './open-database';
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
  const ending = new GracefulShutdown(config.shutdown);
  ending.flushesLast(await startTracing(config.collector));
  const app = await createApp(config);
  ending.closes(app);
  outliveDroppedPromises();
  if (config.environment !== 'development') watchEventLoop(); // a debugger stops it, too
  const isOpen = await openDatabase(app);
  if (isOpen) app.get(Lifecycle).started();
  await sandbox;
  await app.listen(config.http.port, config.http.host);
  if (!isOpen) await keepOpening(app, ending.signal); // not ready meanwhile, which probes can ask
  if (!ending.signal.aborted) startWork(app, config);
}

function startWork(app: INestApplication, config: AppConfig): void {
  app.get(Lifecycle).started();
  reportServing();
  if (config.webhook.isWorking) app.get(WebhookWorker).start();
  app.get(SyncSchedule).start();
  app.get(CallbackRegistration).start();
  announce(config);
}

/**
 * Ours are all held, which ESLint sees to; one that fails and that nobody holds is a library's own, such as one that
 * ioredis makes to subscribe again. It is no reason to end what serves others.
 */
function outliveDroppedPromises(): void {
  const logger = new Logger('Process');
  process.on('unhandledRejection', (reason) => logger.error(reason, 'A promise failed that nobody held'));
}

function announce({ environment, http, partner }: AppConfig): void {
  if (environment !== 'development' || (cluster.worker?.id ?? 1) > 1) return;
  const address = `http://localhost:${http.port}`;
  process.stdout.write(`
  FarmLokal is listening.

    a search      ${address}/products?search=tomato&sort=price
    try it out    ${address}/docs
    the contract  ${address}/openapi.json
${partner?.isSandbox === true ? `    the partner   http://localhost:${partner.sandboxPort}/sandbox, played by the sandbox\n` : ''}
`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof InvalidConfigurationError ? EX_CONFIG : 1);
});
