import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { createFastifyAdapter, serveApiDocs, standBeforeRoutes } from '@platform/http';
import { createLogger, toNestLogger } from '@platform/observability';
import { ApiModule } from './api.module';

const about = {
  title: 'FarmLokal catalogue',
  description:
    'Products of local farmers: pages, sorted, searched and filtered; and events that change them. Every error is an RFC 9457 problem whose `type` explains it.',
  version: '1.0.0',
};

/** The whole application; its database is not open yet, and it does not listen. */
export async function createApp(config: AppConfig): Promise<NestFastifyApplication> {
  const logger = createLogger(config);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(config), createFastifyAdapter(logger), {
    logger: toNestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  await standBeforeRoutes(app, config);
  serveApiDocs(app, about);
  return app;
}
