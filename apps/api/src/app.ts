import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '@platform/config';
import { createFastifyAdapter, serveApiDocs, addGlobalHooks } from '@platform/http';
import { createLogger, toNestLogger } from '@platform/observability';
import { limitApiDocs } from '@platform/rate-limit';
import { openApiInfo } from './openapi-info';
import { ApiModule } from './api.module';

/** Creates the application. Its database is not open yet, and it does not listen. */
export async function createApp(config: AppConfig): Promise<NestFastifyApplication> {
  const logger = createLogger(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(config),
    createFastifyAdapter(logger, config),
    {
      logger: toNestLogger(logger),
      abortOnError: false,
      bodyParser: false,
    },
  );
  await addGlobalHooks(app, config);
  limitApiDocs(app);
  serveApiDocs(app, openApiInfo, config.http.publicUrl);
  return app;
}
