/** boot → app → database → listen; Nest's shutdown hooks close it again. */
import 'reflect-metadata';
import cluster from 'node:cluster';
import { Logger } from '@nestjs/common';
import { WebhookWorker } from '@features/webhook';
import { EX_CONFIG, InvalidConfigurationError, loadConfig, type AppConfig } from '@platform/config';
import { watchEventLoop } from '@platform/resilience';
import { createApp } from './app';
import { prepareDatabase } from './prepare-database';
import { serveInProcesses } from './workers';

async function main(): Promise<void> {
  const config = loadConfig();
  if (config.processes > 1 && cluster.isPrimary) serveInProcesses(config.processes);
  else await serve(config);
}

async function serve(config: AppConfig): Promise<void> {
  const app = await createApp(config);
  await prepareDatabase(app);
  outliveDroppedPromises();
  if (config.environment !== 'development') watchEventLoop(); // a debugger stops it, too
  await app.listen(config.http.port, config.http.host);
  if (config.webhook.isWorking) app.get(WebhookWorker).start();
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

function announce({ environment, http }: AppConfig): void {
  if (environment !== 'development' || (cluster.worker?.id ?? 1) > 1) return;
  const address = `http://localhost:${http.port}`;
  process.stdout.write(`
  FarmLokal is listening.

    a search      ${address}/products?search=tomato&sort=price
    try it out    ${address}/docs
    the contract  ${address}/openapi.json

`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof InvalidConfigurationError ? EX_CONFIG : 1);
});
