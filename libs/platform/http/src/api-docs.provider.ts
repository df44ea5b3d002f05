import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** Serves Swagger UI at /docs and the OpenAPI 3.1 document at /openapi.json. */
export function serveApiDocs(
  app: NestFastifyApplication,
  about: { title: string; description: string; version: string },
): void {
  SwaggerModule.setup('docs', app, () => describeApi(app, about), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: about.title,
    swaggerOptions: {
      displayRequestDuration: true,
      tryItOutEnabled: true,
      deepLinking: true,
      defaultModelsExpandDepth: 0,
      tagsSorter: 'alpha',
    },
  });
}

function describeApi(
  app: NestFastifyApplication,
  about: { title: string; description: string; version: string },
): OpenAPIObject {
  const document = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(about.title)
    .setDescription(about.description)
    .setVersion(about.version)
    .build();
  return SwaggerModule.createDocument(app, document, { operationIdFactory: (_, method) => method });
}
